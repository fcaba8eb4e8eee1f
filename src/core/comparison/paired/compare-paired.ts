import type { RunRecord } from '../../run-record/run-record.ts';
import type { Thresholds } from '../../thresholds/thresholds.ts';
import type { ComparisonResult } from '../comparison-result.ts';
import type { EqualCodeDuet } from './deployment-model.ts';
import { isClosedModel } from './duet-hypotheses.ts';
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
 * equal index are pairs; each endpoint is judged at p50, p95 and p99, on errors and failed checks, and all of them
 * together, under the one alpha of `thresholds`. Equal inputs give equal results, bit for bit.
 *
 * Throws `GateError` when the two records have blocks of unequal length. `docs/statistics-paired.md` explains the method.
 */
export function comparePaired(
  baseline: RunRecord,
  candidate: RunRecord,
  thresholds: Thresholds,
  options: PairedOptions,
): ComparisonResult {
  const { pairs, onlyBaseline, onlyCandidate } = pairBlocks(baseline, candidate);
  const looks = (options.looks ?? []).filter((look) => look < pairs.length);
  if (looks.length === 0 || (options.looks?.at(-1) ?? 0) >= pairs.length) looks.push(pairs.length);
  const { placement, order, equalCodeDuets = [] } = options;
  const test = startDuetTest({
    ...{ thresholds, placement, order, looks, equalCodeDuets },
    seed: [baseline.id, candidate.id].sort().join(' '),
    isClosedModel: isClosedModel(baseline) || isClosedModel(candidate),
  });
  test.look(pairs);
  const result = test.result();
  const unpaired = onlyBaseline + onlyCandidate;
  return {
    ...result,
    ...(result.pairs && { pairs: { ...result.pairs, onlyBaseline, onlyCandidate } }),
    warnings: unpaired > 0 ? [...result.warnings, unpairedWarning(onlyBaseline, onlyCandidate)] : result.warnings,
  };
}

function unpairedWarning(onlyBaseline: number, onlyCandidate: number): string {
  return `blocks without any request on one side are left out: ${onlyCandidate} of the baseline, ${onlyBaseline} of the candidate`;
}
