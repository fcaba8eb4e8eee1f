import type { Quantile } from '../core/thresholds/quantiles.ts';

/** Name of the input, and of the key of the file, that says how much slower a quantile may get. */
export type MarginInput = `max-${Quantile}-increase`;

/** `max-p95-increase` for p95. */
export function marginInput(quantile: Quantile): MarginInput {
  return `max-${quantile}-increase`;
}
