import type { Attribution } from '../../attribution/cause.ts';
import type { Row } from '../../comparison/row.ts';
import { detectable } from '../model/detectable.ts';
import { isAtStop } from '../model/report-facts.ts';
import type { Report } from '../model/report-model.ts';
import { attributionsJson, comparisonJson, roundForJson } from './report-json.ts';

/** What the Action's outputs say of a report; the paths of its files are added by whoever wrote them. */
export interface ReportOutputs {
  readonly verdict: string;
  readonly reason: string;
  readonly regressions: string;
  readonly causes: string;
  readonly summary: string;
  readonly 'baseline-runs': string;
  readonly 'minimum-detectable-effect': string;
  readonly 'confirm-runs': string;
}

/** Outputs of a job hold at most 1 MB together; the JSON report has them all. */
const maxRegressions = 100;

/** The step outputs of the Action. All are texts; of many regressions only those with the most impact are listed. */
export function reportOutputs({ facts, headline }: Report): ReportOutputs {
  const { decided, rows, window, record } = facts;
  const { verdict, comparison } = decided;
  const regressions = rows
    .filter((row) => row.verdict === 'regressed')
    .toSorted((a, b) => b.impact - a.impact)
    .slice(0, maxRegressions)
    .map((row) => regressionOutput(row, isAtStop(facts)));
  const effect = roundForJson(detectable(rows, record)?.effect ?? Number.NaN);
  return {
    verdict: verdict.verdict,
    reason: 'reason' in verdict ? verdict.reason : '',
    regressions: JSON.stringify(regressions),
    causes: JSON.stringify(causesOf(facts.attributions ?? [])),
    summary: headline,
    'baseline-runs': String(window.length),
    'minimum-detectable-effect': String(effect ?? ''),
    'confirm-runs': String(Math.max(0, ...(comparison?.suspects ?? []).map(({ needed }) => needed))),
  };
}

/** What a later step needs of the reasons; the JSON report has the evidence. */
function causesOf(attributions: readonly Attribution[]) {
  return attributionsJson(attributions).map(({ endpoint, cause, strength, operation, share, advice, readOn }) => ({
    ...{ endpoint, cause, strength, share: share.point, advice, readOn },
    ...(operation !== undefined && { operation }),
  }));
}

/** After an early stop the interval is what holds; `atStop` says so. */
function regressionOutput(row: Row, isStopped: boolean) {
  const { subject, metric, unit, baseline, candidate, relativeChange, atStop } = comparisonJson(row, isStopped);
  return {
    ...{ subject, metric, unit },
    baseline: baseline?.point ?? null,
    candidate: candidate?.point ?? null,
    interval: relativeChange?.interval ?? null,
    relativeChange: relativeChange?.point ?? null,
    ...(atStop && { atStop }),
  };
}
