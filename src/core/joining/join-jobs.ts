import type { ComparisonResult } from '../comparison/comparison-result.ts';
import type { Row } from '../comparison/row.ts';
import type { ReportFacts } from '../report/model/report-facts.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import { inJob } from '../run-record/subject.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import type { FailOn } from '../verdict/build-verdict.ts';
import { joinVerdicts } from './join-verdicts.ts';

/** One leg that was judged. */
export interface JudgedLeg {
  readonly name: string;
  readonly facts: ReportFacts;
}

export interface LegsToJoin {
  readonly legs: readonly JudgedLeg[];
  readonly missing: readonly string[];
  readonly notRun: readonly string[];
  /** Whether somebody said which legs there must be. */
  readonly isListed: boolean;
  readonly storeLabel: string;
  readonly warnings: readonly string[];
}

interface JoiningPlan {
  readonly name: string;
  readonly thresholds: Thresholds;
  readonly failOn: readonly FailOn[];
  readonly scripts?: readonly string[];
}

/** One report on all legs: each leg's endpoints under its name (`checkout / GET /cart`), and the verdict on the build. */
export function joinLegs(plan: JoiningPlan, given: LegsToJoin): ReportFacts {
  const { legs, missing, notRun, isListed, storeLabel } = given;
  const comparison = joinComparisons(legs);
  const decided = {
    ...joinVerdicts(
      legs.map(({ name, facts }) => ({ name, decided: facts.decided })),
      ...([missing, notRun, plan.failOn] as const),
    ),
    ...(comparison && { comparison }),
  };
  const record = joinRecords(legs);
  // What is missing is said of the first leg that lacks it: the runs of the others are no baseline of its.
  const lacking = legs.find(({ facts }) => facts.decided.verdict.verdict === 'no-baseline');
  const told = decided.verdict.verdict === 'no-baseline' && lacking !== undefined ? [lacking] : legs;
  return {
    ...{ mode: 'stored', name: plan.name, failOn: plan.failOn, storeLabel, decided },
    ...(plan.scripts && { scripts: plan.scripts }),
    ...(record && { record }),
    thresholds: plan.thresholds,
    window: told.flatMap(({ name, facts: { window } }) => window.map((run) => renamedRun(name, run))),
    excluded: excludedFromAll(told),
    story: storyOf(given),
    warnings: [
      ...given.warnings,
      ...(isListed ? [] : ['which legs there should be was not said (`legs`): one that is missing would go unnoticed']),
      ...warningsOf(legs),
    ],
  };
}

/** A run of one leg is left out of every other; that is no news. */
function excludedFromAll(legs: readonly JudgedLeg[]): ReportFacts['excluded'] {
  const used = new Set(legs.flatMap(({ facts: { window } }) => window.map(({ id }) => id)));
  return legs.flatMap(({ facts: { excluded } }) => excluded.filter(({ id }) => !used.has(id)));
}

/** A warning that several legs give is said once. */
function warningsOf(legs: readonly JudgedLeg[]): string[] {
  const givenBy = new Map<string, string[]>();
  for (const { name, facts } of legs) {
    for (const warning of facts.warnings) givenBy.set(warning, [...(givenBy.get(warning) ?? []), name]);
  }
  return [...givenBy].map(([warning, names]) => `${names.join(', ')}: ${warning}`);
}

/** A leg a line, and what each came to. */
function storyOf({ legs, missing, notRun }: LegsToJoin): string[] {
  const share =
    legs.length > 1 ? `${legs.length} legs were judged, each under 1/${legs.length} of the build's alpha.` : '';
  return [
    ...(share === '' ? [] : [share]),
    ...legs.map(({ name, facts: { decided } }) => `${name}: ${decided.verdict.verdict}, ${decided.verdict.detail}.`),
    ...missing.map((name) => `${name}: missing.`),
    ...notRun.map((name) => `${name}: not run, unchanged.`),
  ];
}

function joinComparisons(legs: readonly JudgedLeg[]): ComparisonResult | undefined {
  const compared = legs.flatMap(({ name, facts: { decided } }) =>
    decided.comparison ? [{ name, comparison: decided.comparison }] : [],
  );
  if (compared.length === 0) return undefined;
  return {
    comparisons: compared.flatMap(({ name, comparison }) =>
      comparison.comparisons.filter(isNoTotalOrBad).map((row) => ({ ...row, subject: inJob(row.subject, name) })),
    ),
    baselineRuns: Math.min(...compared.map(({ comparison }) => comparison.baselineRuns)),
    candidateRuns: Math.min(...compared.map(({ comparison }) => comparison.candidateRuns)),
    common: {},
    suspects: compared.flatMap(({ name, comparison }) =>
      comparison.suspects.map((suspect) => ({ ...suspect, subject: inJob(suspect.subject, name) })),
    ),
    warnings: compared.flatMap(({ name, comparison }) => comparison.warnings.map((warning) => `${name}: ${warning}`)),
  };
}

/** What all endpoints of one leg have in common is no endpoint among those of all legs, unless it is what went wrong. */
function isNoTotalOrBad({ subject, verdict }: Row): boolean {
  return subject.kind !== 'all-endpoints' || verdict === 'regressed' || verdict === 'slower-within-margin';
}

/** One run made of all, for shares of the traffic and figures per endpoint; it is never stored. */
function joinRecords(legs: readonly JudgedLeg[]): RunRecord | undefined {
  const records = legs.flatMap(({ name, facts: { record } }) => (record ? [renamedRun(name, record)] : []));
  const [first] = records;
  if (first === undefined) return undefined;
  const sum = (of: (record: RunRecord) => number) => records.reduce((total, record) => total + of(record), 0);
  return {
    ...first,
    id: records.map(({ id }) => id).join('+'),
    startedAt: records
      .map(({ startedAt }) => startedAt)
      .sort()
      .at(-1) as string,
    fingerprint: { hard: {}, soft: {} },
    endpoints: records.flatMap(({ endpoints }) => endpoints),
    checks: records.flatMap(({ checks }) => checks),
    metrics: records.flatMap(({ metrics }) => metrics),
    iterations: sum(({ iterations }) => iterations),
    droppedIterations: sum(({ droppedIterations }) => droppedIterations),
    exit: { ...first.exit, crossedThresholds: records.flatMap(({ exit }) => exit.crossedThresholds) },
    warnings: [],
  };
}

function renamedRun(leg: string, record: RunRecord): RunRecord {
  const { exit } = record;
  return {
    ...record,
    endpoints: record.endpoints.map((series) => ({ ...series, endpoint: inLeg(leg, series.endpoint) })),
    checks: record.checks.map((series) => ({ ...series, check: inLeg(leg, series.check) })),
    metrics: record.metrics.map((series) => ({ ...series, metric: inLeg(leg, series.metric) })),
    exit: { ...exit, crossedThresholds: exit.crossedThresholds.map((crossed) => inLeg(leg, crossed)) },
  };
}

function inLeg(leg: string, name: string): string {
  return `${leg} / ${name}`;
}
