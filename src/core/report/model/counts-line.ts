import { formatCount } from '../format-quantity.ts';
import type { RankedFacts } from './report-facts.ts';
import { verdictCounts } from './verdict-counts.ts';

/** `11 endpoints: 2 worse, 1 inconclusive, 8 shown not slower`; empty where nothing was compared. */
export function countsLine({ rows, decided: { verdict } }: RankedFacts): string {
  const counts = verdictCounts(rows);
  if (counts.length === 0) return '';
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const isUnsettled = 'reason' in verdict && verdict.reason === 'unsettled';
  const parts = counts.map(
    ({ verdict: own, label, count }) => `${count} ${isUnsettled && own === 'regressed' ? 'perhaps worse' : label}`,
  );
  return `${formatCount(total, 'endpoint')}: ${parts.join(', ')}`;
}
