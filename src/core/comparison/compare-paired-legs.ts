import type { RunRecord } from '../run-record/run-record.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import { comparePairs, type PairedOptions } from './compare-paired.ts';
import type { ComparisonResult } from './comparison.ts';
import { type BlockPair, pairBlocks } from './paired-blocks.ts';
import { isClosedModel } from './request-rate-hypothesis.ts';

/** One leg of a matrix: two runs measured side by side. */
export interface PairedLeg {
  /** Unique among the legs; stands in front of its endpoints' names: `checkout / GET /cart`. */
  readonly name: string;
  readonly baseline: RunRecord;
  readonly candidate: RunRecord;
}

/**
 * Compares all legs of a matrix in one decision under one alpha: six legs judged one by one at 5 % would make 26 % of
 * unchanged builds red. The legs' pairs are joined to one series in which each leg's endpoints occur only in its own
 * pairs, so one family of sign flips covers them all. There is one look, at the end.
 *
 * Throws `GateError` as `comparePaired` does.
 */
export function comparePairedLegs(
  legs: readonly PairedLeg[],
  thresholds: Thresholds,
  options: Omit<PairedOptions, 'looks'>,
): ComparisonResult {
  const ordered = [...legs].sort((a, b) => (a.name < b.name ? -1 : 1));
  const blocks = ordered.map((leg) => ({ leg, paired: pairBlocks(leg.baseline, leg.candidate) }));
  return comparePairs(
    {
      pairs: blocks.flatMap(({ leg, paired }) => paired.pairs.map((pair) => renamed(pair, leg.name))),
      onlyBaseline: blocks.reduce((sum, { paired }) => sum + paired.onlyBaseline, 0),
      onlyCandidate: blocks.reduce((sum, { paired }) => sum + paired.onlyCandidate, 0),
    },
    thresholds,
    options,
    {
      seed: ordered.map(({ baseline, candidate }) => [baseline.id, candidate.id].sort().join(' ')).join(' '),
      isClosedModel: ordered.some(({ baseline, candidate }) => isClosedModel(baseline) || isClosedModel(candidate)),
    },
  );
}

function renamed(pair: BlockPair, leg: string): BlockPair {
  const prefixed = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([name, value]) => [`${leg} / ${name}`, value]));
  return { ...pair, endpoints: prefixed(pair.endpoints), checks: prefixed(pair.checks) };
}
