import type { Row } from '../../comparison/row.ts';
import { formatChangeOf, formatInterval, formatSides, metricLabel } from '../format-quantity.ts';

/**
 * The change of one row in a sentence or a cell: `+52 %`. After an early stop the interval comes first, lower end first:
 * `+40 to +65 %, +52 % at stop`; what was measured when the answer was known leans towards the larger changes, and the
 * interval allows for that.
 */
export function changeWords(row: Row, isAtStop: boolean): string {
  const change = formatChangeOf(row);
  if (!isAtStop || change === '') return change;
  const interval = formatInterval(row);
  return interval === 'anything' ? `${change} at stop` : `${interval}, ${change} at stop`;
}

/** `p95 120 → 183 ms (+52 %)`. */
export function movementWords(row: Row, isAtStop: boolean): string {
  const sides = formatSides(row);
  const change = changeWords(row, isAtStop);
  const movement = sides === '' ? change : `${sides} (${change})`;
  const isNamed = row.family === 'metrics' || row.family === 'load';
  return isNamed ? movement : `${metricLabel(row.metric)} ${movement}`;
}

/** What "at stop" means, said once beside the figures. */
export const stopHelp =
  'At stop: measuring ended as soon as the answer was known, which flatters large changes; the interval allows for that.';
