/**
 * How much of the false-alarm budget `alpha` may be used up when the share `progress` (0..1) of the planned measuring
 * is done. Power family of Kim and DeMets with exponent 1.5: little is spent early, so that the last look keeps almost
 * the power of a test without looks.
 *
 * Source: Kim, DeMets (1987), Biometrika 74(1), 149-154; Lan, DeMets (1983), Biometrika 70(3), 659-663.
 */
export function spentAlpha(alpha: number, progress: number): number {
  return alpha * Math.min(Math.max(progress, 0), 1) ** 1.5;
}

/**
 * The looks of a test of `pairs` block pairs: about `count` of them at equal distances, the last at `pairs`.
 * Looks before `minPairs` are left out, because no sign flip of so few pairs can be significant.
 */
export function equalLooks(pairs: number, count: number): readonly number[] {
  const looks = new Set<number>();
  for (let look = 1; look <= count; look++) {
    const at = Math.round((look * pairs) / count);
    if (at >= minPairs || look === count) looks.add(at);
  }
  return [...looks].sort((a, b) => a - b);
}

/** Below this many pairs the smallest possible p-value, 2^-pairs, exceeds .05. */
const minPairs = 5;
