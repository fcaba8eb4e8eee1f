import type { ComparisonJson, ReportJson } from './report-json.ts';

/** What the Action's outputs say of a report; the paths of its files are added by whoever wrote them. */
export interface ReportOutputs {
  readonly verdict: string;
  readonly reason: string;
  readonly regressions: string;
  readonly summary: string;
  readonly 'baseline-runs': string;
  readonly 'minimum-detectable-effect': string;
  readonly 'confirm-runs': string;
}

/** Outputs of a job hold at most 1 MB together; the JSON report has them all. */
const mostRegressions = 100;

export function reportOutputs(json: ReportJson): ReportOutputs {
  const regressions = json.comparisons
    .filter((row) => row.verdict === 'regressed')
    .toSorted((a, b) => b.impact - a.impact)
    .slice(0, mostRegressions)
    .map(regressionOutput);
  return {
    verdict: json.verdict,
    reason: json.reason ?? '',
    regressions: JSON.stringify(regressions),
    summary: json.headline,
    'baseline-runs': String(json.baselineRuns ?? 0),
    'minimum-detectable-effect': String(json.minimumDetectableEffect ?? ''),
    'confirm-runs': String(json.confirmRuns),
  };
}

/** After an early stop the interval is what holds; `atStop` says so. */
function regressionOutput({ endpoint, metric, unit, baseline, candidate, relativeChange, atStop }: ComparisonJson) {
  return {
    endpoint,
    metric,
    unit,
    baseline: baseline?.point ?? null,
    candidate: candidate?.point ?? null,
    interval: relativeChange?.interval ?? null,
    relativeChange: relativeChange?.point ?? null,
    ...(atStop && { atStop }),
  };
}
