import type { PairCounts } from '../../comparison/comparison-result.ts';
import { pairBlocks } from '../../comparison/paired/paired-blocks.ts';
import type { ReportFacts } from './report-facts.ts';

/**
 * How many pairs of time blocks a duet planned and used, and how many blocks lacked their counterpart. A test that
 * followed a duet was told of whole pairs alone; what the two runs hold beside those is counted here.
 */
export function pairCounts({ decided: { comparison }, mode, window, record }: ReportFacts): PairCounts | undefined {
  const pairs = comparison?.pairs;
  const [baseline] = window;
  if (pairs === undefined || pairs.onlyBaseline !== undefined) return pairs;
  if (mode !== 'duet' || baseline === undefined || record === undefined) return pairs;
  const { onlyBaseline, onlyCandidate } = pairBlocks(baseline, record);
  return { ...pairs, onlyBaseline, onlyCandidate };
}
