import type { ComparisonResult } from '../comparison/comparison-result.ts';
import { isOfLatency, type Row, rowLabel } from '../comparison/row.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import { isSameSubject, type Subject, subjectKey } from '../run-record/subject.ts';
import { objectivesOf, type Thresholds } from '../thresholds/thresholds.ts';
import type { Validity } from '../validity/validity.ts';
import {
  type BuildVerdict,
  type Decided,
  type FailOn,
  type JudgingMode,
  minBaselineRuns,
  outcomeOf,
} from './build-verdict.ts';
import { isAboutSpeed, judgeMissingMetrics, judgeNothingCompared, judgeWeakness } from './lack-of-evidence.ts';

/** All that a verdict rests on. */
export interface Findings {
  /** In `record` mode the run is judged without gating, to know whether it is quarantined. */
  readonly mode: JudgingMode;
  readonly validity: Validity;
  /** Absent when nothing was measured. */
  readonly record?: RunRecord;
  /** Absent when nothing was compared. */
  readonly comparison?: ComparisonResult;
  /** Stored runs that may be compared with this one. */
  readonly baselineRuns: number;
  readonly thresholds: Thresholds;
  readonly failOn: readonly FailOn[];
  /** A suspicion for which more measuring was begun in vain, in one clause; it takes the place of a regression. */
  readonly unsettled?: string;
}

/** The verdict on a build by the first row of the table that applies, and what it means for the exit code. */
export function decide(findings: Findings): Decided {
  const verdict = verdictOn(findings);
  const { comparison } = findings;
  return {
    verdict,
    outcome: outcomeOf(verdict, findings.failOn, findings.mode),
    ...(comparison === undefined ? {} : { comparison }),
  };
}

function verdictOn(findings: Findings): BuildVerdict {
  const { validity, comparison, baselineRuns, failOn } = findings;
  if (validity.kind === 'invalid') {
    return { verdict: 'invalid', reason: validity.reason, detail: validity.detail, hint: validity.hint };
  }
  if (validity.kind === 'all-failed') return { verdict: 'fail', reason: 'all-failed', detail: validity.detail };
  const { unsettled } = findings;
  const isUndecided = comparison === undefined || unsettled !== undefined;
  const regressed = isUndecided ? undefined : judgeRegressions(comparison, findings.thresholds);
  const crossed = judgeCrossedThresholds(findings.record);
  // A regression that the policy ignores must not hide crossed thresholds that it doesn't ignore.
  const isRegressionOverlooked = !failOn.includes('regressed') && failOn.includes('k6-thresholds');
  const failure = isRegressionOverlooked ? (crossed ?? regressed) : (regressed ?? crossed);
  if (failure !== undefined) return failure;
  const hasBaseline = findings.mode === 'duet' || baselineRuns >= minBaselineRuns;
  if (comparison === undefined || !hasBaseline) return judgeMissingBaseline(baselineRuns);
  if (unsettled !== undefined) return { verdict: 'inconclusive', reason: 'unsettled', detail: unsettled, hint: rerun };
  return judgeWithoutFailure(comparison, findings);
}

const rerun = 'Run again when both deployments answer; until then nothing is decided.';

function judgeRegressions(comparison: ComparisonResult, thresholds: Thresholds): BuildVerdict | undefined {
  const regressed = comparison.comparisons.filter(
    (row) => row.verdict === 'regressed' && !isWithinObjective(row, comparison, thresholds),
  );
  const [first] = regressed;
  if (first === undefined) return undefined;
  const others = regressed.length > 1 ? ` and ${regressed.length - 1} more` : '';
  return {
    verdict: 'fail',
    reason: 'regressed',
    detail: `${rowLabel(first)}${others} beyond the margins`,
  };
}

function judgeCrossedThresholds(record: RunRecord | undefined): BuildVerdict | undefined {
  const crossed = record?.exit.crossedThresholds ?? [];
  if (crossed.length === 0) return undefined;
  return {
    verdict: 'fail',
    reason: 'k6-thresholds',
    detail: `the script's own thresholds were crossed: ${crossed.join('; ')}`,
  };
}

function judgeMissingBaseline(baselineRuns: number): BuildVerdict {
  const runs = baselineRuns === 1 ? '1 comparable run is' : `${baselineRuns} comparable runs are`;
  return { verdict: 'no-baseline', detail: `${runs} stored, ${minBaselineRuns} are needed` };
}

function judgeWithoutFailure(
  comparison: ComparisonResult,
  { mode, validity, record, thresholds }: Findings,
): BuildVerdict {
  const judged = comparison.comparisons.filter((row) => row.verdict !== 'not-compared');
  const lack =
    judgeMissingMetrics(comparison) ??
    judgeNothingCompared(comparison, { mode, thresholds, ...(record && { record }) });
  if (lack !== undefined) return lack;
  if (validity.kind === 'valid' && validity.unlike !== undefined) {
    return {
      verdict: 'inconclusive',
      reason: 'environments-differ',
      detail: validity.unlike,
      hint: 'Give `reset-command`, so that both sides begin with the same data. Where only one of them still gets slower, its code does.',
    };
  }
  if (comparison.environmentsDiffer === true) {
    return {
      verdict: 'inconclusive',
      reason: 'environments-differ',
      detail:
        'all endpoints differ between the two environments, of which it is not known how they differ with equal code',
      hint: 'Measure equal code on both once in a while: from five such pairs on, the lasting difference is known and taken off.',
    };
  }
  const weakness = record === undefined ? undefined : judgeWeakness(comparison, record);
  if (weakness !== undefined) return weakness;
  return judgePass(judged, comparison, thresholds);
}

function judgePass(judged: readonly Row[], comparison: ComparisonResult, thresholds: Thresholds): BuildVerdict {
  const endpoints = countEndpoints(comparison);
  const isSlower = (row: Row) => row.verdict === 'slower-within-margin';
  if (judged.some((row) => row.verdict === 'regressed' && isWithinObjective(row, comparison, thresholds))) {
    return { verdict: 'pass', reason: 'within-objective', detail: 'what got slower stays inside its objective' };
  }
  if (judged.some(isSlower)) {
    return {
      verdict: 'pass',
      reason: 'within-margin',
      detail: `what got worse stays inside the margins on ${endpoints}`,
    };
  }
  // The shared shift repeats what the endpoints say; it is no endpoint to be shown anything about.
  const isShown = judged.every(
    (row) => row.verdict === 'not-regressed' || row.verdict === 'improved' || !isAboutOneEndpoint(row),
  );
  if (isShown) return { verdict: 'pass', reason: 'shown', detail: `${endpoints} shown to be not slower` };
  return { verdict: 'pass', reason: 'nothing-found', detail: `nothing beyond the margins was found on ${endpoints}` };
}

/** Of all endpoints that either side has: what could not be compared must not pass in silence. */
function countEndpoints({ comparisons }: ComparisonResult): string {
  const rows = comparisons.filter((row) => isAboutOneEndpoint(row) && row.notComparedReason !== 'ignored');
  const namesOf = (some: readonly Row[]) => new Set(some.map(({ subject }) => subjectKey(subject))).size;
  const all = namesOf(rows);
  const compared = namesOf(rows.filter((row) => row.verdict !== 'not-compared' && isAboutSpeed(row)));
  const noun = all === 1 ? 'endpoint' : 'endpoints';
  return compared === all ? `${all} ${noun}` : `${compared} of ${all} ${noun}`;
}

function isAboutOneEndpoint({ subject }: Row): boolean {
  return subject.kind === 'endpoint';
}

/**
 * Whether the slowdown `row` leaves every objective of its endpoint kept, so that it doesn't fail under
 * `judge-against: objective`. False for errors, for endpoints without objective, and where an objective's own quantile
 * was not measured. The part common to all endpoints is inside when each compared endpoint is.
 */
function isWithinObjective(
  { family, subject }: Row,
  { comparisons }: ComparisonResult,
  thresholds: Thresholds,
): boolean {
  if (thresholds.judgeAgainst !== 'objective' || !isOfLatency(family)) return false;
  if (subject.kind === 'endpoint') return keepsObjectives(subject, comparisons, thresholds);
  return comparisons
    .filter((row) => row.family === 'latency' && row.subject.kind === 'endpoint' && row.verdict !== 'not-compared')
    .every((row) => keepsObjectives(row.subject, comparisons, thresholds));
}

function keepsObjectives(subject: Subject, rows: readonly Row[], thresholds: Thresholds): boolean {
  const objectives = objectivesOf(subject, thresholds);
  return (
    objectives.length > 0 &&
    objectives.every(({ quantile, limitMs }) => {
      const row = rows.find((other) => other.metric === quantile && isSameSubject(other.subject, subject));
      return row?.candidate !== undefined && row.candidate.point < limitMs;
    })
  );
}
