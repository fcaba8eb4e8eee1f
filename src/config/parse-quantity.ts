import { invalid, type Parsed, valid } from './parsed.ts';

const msPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Longer than any job may run; a larger figure is a slip of the unit. */
const longestDurationMs = 24 * 3_600_000;

/** Milliseconds from text such as `10s`, `1m30s`, `500ms`, `0.5s`; at least `leastMs`, at most 24 h. */
export function parseDuration(text: string, leastMs = 1): Parsed<number> {
  const expected = `a duration from ${formatDuration(leastMs)} to 24h, with its unit (ms, s, m, h)`;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return invalid(expected);
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (msPerUnit[unit ?? ''] ?? Number.NaN);
  }
  return total >= leastMs && total <= longestDurationMs ? valid(total) : invalid(expected);
}

/** The shortest text that `parseDuration` reads back as `durationMs`. */
export function formatDuration(durationMs: number): string {
  for (const [unit, ms] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    if (durationMs >= ms && durationMs % ms === 0) return `${durationMs / ms}${unit}`;
  }
  return `${durationMs}ms`;
}

/** Fraction from a percentage such as `10%` or `7.5%` (0.1, 0.075); at most 1000 %. */
export function parsePercent(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?) ?%$/.exec(text);
  const percent = Number(match?.[1]);
  if (match === null || percent > 1000) return invalid('a percentage from 0% to 1000%, with its sign');
  return valid(percent / 100);
}

/** Fraction from percentage points such as `0.5pp` (0.005); at most 100pp. */
export function parsePercentagePoints(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?) ?pp$/.exec(text);
  const points = Number(match?.[1]);
  if (match === null || points > 100) return invalid('percentage points from 0pp to 100pp, with their unit');
  return valid(points / 100);
}

/** How many iterations or requests in how long: `20/s`, `600/m`, `5/10s`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** `50/s`, `300/5m`: a whole number of times in a period. */
export function parseRate(text: string): Parsed<Rate> {
  const match = /^(\d+)\/(\d*(?:ms|s|m|h))$/.exec(text);
  const expected = 'a whole number above 0, a slash and a time';
  if (match === null || Number(match[1]) === 0 || !Number.isSafeInteger(Number(match[1]))) return invalid(expected);
  const period = match[2] ?? '';
  const perMs = parseDuration(/^\d/.test(period) ? period : `1${period}`);
  return perMs.isValid ? valid({ count: Number(match[1]), perMs: perMs.value }) : invalid(expected);
}
