import type { ComparisonResult } from '../../comparison/comparison-result.ts';
import { subjectLabel } from '../../run-record/subject.ts';
import { nameInSentence } from '../escape.ts';
import { formatChange, formatCount, metricLabel } from '../format-quantity.ts';
import { describe } from './headline.ts';

/** `GET /search looks slower (p95 +34 %), and 2 more`: what a first look found, surely or not. */
export function describeSuspicion({ comparisons, suspects }: ComparisonResult): string {
  const regressed = comparisons.filter((row) => row.verdict === 'regressed');
  const [worst] = [...regressed].sort((a, b) => (a.pValue ?? 1) - (b.pValue ?? 1));
  const [suspect] = suspects;
  const others = regressed.length + suspects.length - 1;
  const rest = others > 0 ? `, and ${formatCount(others, 'further result')}` : '';
  if (worst !== undefined) return `${describe(worst, false)} looks worse${rest}`;
  if (suspect === undefined) return 'nothing looks worse';
  const { subject, metric, relativeChange } = suspect;
  return `${nameInSentence(subjectLabel(subject))} looks slower (${metricLabel(metric)} ${formatChange(relativeChange)})${rest}`;
}
