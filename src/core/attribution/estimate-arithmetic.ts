import type { Estimate } from '../comparison/row.ts';

/**
 * A part of a whole, both uncertain and measured apart: the relative errors of a quotient add in squares (delta method). A
 * share can't be more than all, or less than nothing.
 */
export function shareOf(part: Estimate, whole: Estimate): Estimate {
  const within = (value: number) => Math.min(1, Math.max(0, Number.isNaN(value) ? 0 : value));
  const share = part.point / whole.point;
  const error = Math.hypot(halfOf(part) / part.point, part === whole ? 0 : halfOf(whole) / whole.point);
  return {
    point: within(share),
    interval: [within(share * (1 - error)), within(share * (1 + error))],
    level: part.level,
    n: part.n,
  };
}

function halfOf({ interval }: Estimate): number {
  return (interval[1] - interval[0]) / 2;
}

/** `factor` times an estimate. */
export function scaled({ point, interval, level, n }: Estimate, factor: number): Estimate {
  return { point: point * factor, interval: [interval[0] * factor, interval[1] * factor], level, n };
}

/** An estimate plus a number that is known. */
export function shifted({ point, interval, level, n }: Estimate, by: number): Estimate {
  return { point: point + by, interval: [interval[0] + by, interval[1] + by], level, n };
}

/** An estimate with its sign turned. */
export function negated({ point, interval, level, n }: Estimate): Estimate {
  return { point: -point, interval: [-interval[1], -interval[0]], level, n };
}

/** The sum of two estimates, as if they erred together. */
export function plus(a: Estimate, b: Estimate): Estimate {
  return {
    point: a.point + b.point,
    interval: [a.interval[0] + b.interval[0], a.interval[1] + b.interval[1]],
    level: a.level,
    n: Math.min(a.n, b.n),
  };
}

/** The estimate with the smaller point. */
export function smaller(a: Estimate, b: Estimate): Estimate {
  return a.point <= b.point ? a : b;
}
