import type { Comparison } from '../comparison/comparison.ts';
import { verdictCounts } from './charts/verdict-counts.ts';
import { formatCount } from './format-quantity.ts';

/** `11 endpoints: 2 worse, 1 inconclusive, 8 shown not slower`; empty where nothing was compared. */
export function countsLine(rows: readonly Comparison[]): string {
  const counts = verdictCounts(rows);
  if (counts.length === 0) return '';
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return `${formatCount(total, 'endpoint')}: ${counts.map(({ label, count }) => `${count} ${label}`).join(', ')}`;
}
