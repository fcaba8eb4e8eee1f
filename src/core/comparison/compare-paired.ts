import { GateError } from '../../errors.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import type { ComparisonResult } from './comparison.ts';
import type { EqualCodeDuet } from './deployment-model.ts';
import type { DuetOrder, Placement } from './duet-plan.ts';
import { startDuetTest } from './duet-test.ts';
import { pairBlocks } from './paired-blocks.ts';

export interface PairedOptions {
  readonly placement: Placement;
  readonly order: DuetOrder;
  /** Numbers of pairs at which to look, as if the runs were still under way; default: one look at all pairs. */
  readonly looks?: readonly number[];
  /** Earlier duets of equal code on these two deployments or environments; see `equalCodeDuets`. */
  readonly equalCodeDuets?: readonly EqualCodeDuet[];
}

/**
 * Is the candidate slower, or does it fail more, than the baseline that was measured side by side with it? Blocks of
 * equal index are pairs; each endpoint is judged at p50, p95 and p99 and on errors and failed checks, under the one
 * alpha of `thresholds`. Equal inputs give equal results, bit for bit.
 *
 * Throws `GateError` when the two records have blocks of unequal length.
 */
export function comparePaired(
  baseline: RunRecord,
  candidate: RunRecord,
  thresholds: Thresholds,
  options: PairedOptions,
): ComparisonResult {
  if (baseline.blockLengthMs !== candidate.blockLengthMs) {
    throw new GateError(
      'RECORD_INVALID',
      `blocks of ${baseline.blockLengthMs} ms can't be paired with blocks of ${candidate.blockLengthMs} ms`,
      'Measure or import both sides with the same block-length.',
    );
  }
  const { pairs, onlyBaseline, onlyCandidate } = pairBlocks(baseline, candidate);
  const looks = (options.looks ?? []).filter((look) => look <= pairs.length);
  if (looks.length === 0 || options.looks === undefined) looks.push(pairs.length);
  const seed = [baseline.id, candidate.id].sort().join(' ');
  const { placement, order, equalCodeDuets = [] } = options;
  const test = startDuetTest({ thresholds, placement, order, looks, seed, equalCodeDuets });
  test.look(pairs);
  const result = test.result();
  const { planned, used } = result.pairs ?? { planned: pairs.length, used: pairs.length };
  return { ...result, pairs: { planned, used, onlyBaseline, onlyCandidate } };
}
