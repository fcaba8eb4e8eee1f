/** What is done to the candidate's latencies; the truth that a gate has to find out. */
export interface Injection {
  readonly kind: 'none' | 'one' | 'tail' | 'half' | 'all';
  /** Factor on the latencies concerned: 1.2 is 20 % slower. */
  readonly factor: number;
}

export type SideBlocks = readonly ReadonlyMap<string, readonly number[]>[];

/**
 * The candidate's blocks after the injection: all requests of `target`, only the slowest tenth of them, all requests of
 * every other one of `eligible`, or everything.
 */
export function injected(
  blocks: SideBlocks,
  { kind, factor }: Injection,
  target: string,
  eligible: readonly string[],
): SideBlocks {
  if (kind === 'none') return blocks;
  const concerned = new Set(kind === 'half' ? slowHalf(eligible) : [target]);
  const limit = kind === 'tail' ? slowestTenth(blocks, target) : 0;
  return blocks.map(
    (block) =>
      new Map(
        [...block].map(([endpoint, latencies]) => [
          endpoint,
          kind === 'all' || concerned.has(endpoint)
            ? latencies.map((ms) => (ms >= limit ? ms * factor : ms))
            : latencies,
        ]),
      ),
  );
}

/** Every other endpoint. */
export function slowHalf(eligible: readonly string[]): readonly string[] {
  return eligible.filter((_, i) => i % 2 === 0);
}

function slowestTenth(blocks: SideBlocks, target: string): number {
  const all = Float64Array.from(blocks.flatMap((block) => block.get(target) ?? [])).sort();
  return all[Math.floor(0.9 * all.length)] ?? 0;
}
