import type { ComparisonJson, ReportJson, SubjectJson } from '../../src/core/report/render/report-json.ts';

/**
 * A report in the form `tailgate.report/1`, in which the corpus is frozen: subjects were labels, those of listed metrics the
 * label of all endpoints; the jobs of a matrix were legs; lists of which there is nothing were there and empty; margins were not told.
 */
export function toVersion1(report: ReportJson): unknown {
  const { tailgateVersion: _, seed: __, sharedChange, suspects, confirmRuns, comparisons, baseline, ...rest } = report;
  return {
    ...rest,
    ...(report.reason === 'job-missing' && { reason: 'leg-missing' }),
    schema: 'tailgate.report/1',
    seed: 0,
    baselineRuns: report.baselineRuns ?? baseline?.length ?? 0,
    baseline: baseline ?? [],
    comparisons: comparisons.map(rowOfVersion1),
    common: sharedChange ?? {},
    endpoints: report.endpoints ?? [],
    suspects: (suspects ?? []).map(({ subject, ...suspect }) => ({ endpoint: labelOf(subject), ...suspect })),
    confirmRuns: confirmRuns ?? 0,
    crossedThresholds: report.crossedThresholds ?? [],
    attribution: [],
  };
}

function rowOfVersion1({ subject, margin: _, ...row }: ComparisonJson): unknown {
  return { endpoint: labelOf(subject), impact: 0, warnings: [], ...row };
}

function labelOf({ kind, name, job }: SubjectJson): string {
  const label = kind === 'metric' || kind === 'all-endpoints' ? '(all endpoints)' : name;
  return job === undefined ? label : `${job} / ${label}`;
}
