import type { ComparisonResult } from '../comparison/comparison-result.ts';
import type { Row } from '../comparison/row.ts';
import type { ReportFacts } from '../report/model/report-facts.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import { inJob } from '../run-record/subject.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import { type BuildVerdict, type Decided, type FailOn, outcomeOf } from '../verdict/build-verdict.ts';
import { legName, type MeasuredLeg } from './measured-job.ts';

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

/** The verdict of one leg. */
interface LegVerdict {
  readonly name: string;
  readonly decided: Decided;
}

/**
 * The verdict on a build of several legs: that of the leg that comes first in the table of verdicts, among those that
 * make the build red where there are any. A leg that should be there and isn't makes it `invalid`: nobody knows what it
 * would have shown. Where no leg had to run there is nothing to find.
 */
export function joinVerdicts(
  legs: readonly LegVerdict[],
  missing: readonly string[],
  notRun: readonly string[],
  failOn: readonly FailOn[],
): Pick<Decided, 'verdict' | 'outcome'> {
  const verdicts = [
    ...(missing.length > 0 ? [missingVerdict(missing)] : []),
    ...legs.map(({ name, decided: { verdict } }) => ({ ...verdict, detail: `${name}: ${verdict.detail}` })),
  ].map((verdict) => ({ verdict, outcome: outcomeOf(verdict, failOn, 'stored') }));
  const [worst, ...others] = verdicts.sort((a, b) => rankOf(a) - rankOf(b));
  if (worst === undefined) return nothingRan(notRun);
  const alike = others.filter(({ verdict }) => verdict.verdict === worst.verdict.verdict).length;
  if (worst.verdict.verdict === 'pass' || alike === 0) {
    return legs.length > 1 && worst.verdict.verdict === 'pass'
      ? { ...worst, verdict: ofAll(worst.verdict, legs.length) }
      : worst;
  }
  return { ...worst, verdict: { ...worst.verdict, detail: `${worst.verdict.detail} (and ${alike} more of the legs)` } };
}

function missingVerdict(missing: readonly string[]): BuildVerdict {
  const [first, ...more] = missing;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return {
    verdict: 'invalid',
    reason: 'leg-missing',
    detail: `${first}${others} left nothing measured behind`,
    hint: 'A leg that was cancelled or failed before it could measure: see its log and run it again. One that has nothing to measure belongs into `unchanged-legs`.',
  };
}

function nothingRan(notRun: readonly string[]): Pick<Decided, 'verdict' | 'outcome'> {
  if (notRun.length === 0) {
    const verdict = {
      ...missingVerdict(['every leg']),
      detail: 'no leg left anything measured behind',
    } as BuildVerdict;
    return { verdict, outcome: outcomeOf(verdict, ['invalid'], 'stored') };
  }
  const detail = `nothing was measured: ${notRun.join(', ')} ${notRun.length === 1 ? 'is' : 'are'} unchanged`;
  const verdict = { verdict: 'pass', reason: 'nothing-found', detail } as const;
  return { verdict, outcome: outcomeOf(verdict, [], 'stored') };
}

/** Rows of the table of verdicts, first the ones that decide. */
const order: readonly string[] = [
  'invalid',
  'fail all-failed',
  'fail regressed',
  'fail k6-thresholds',
  'no-baseline',
  'inconclusive',
  'pass accepted',
  'pass within-margin',
  'pass within-objective',
  'pass nothing-found',
  'pass shown',
];

function rankOf({ verdict, outcome }: Pick<Decided, 'verdict' | 'outcome'>): number {
  const key =
    verdict.verdict === 'fail' || verdict.verdict === 'pass' ? `${verdict.verdict} ${verdict.reason}` : verdict.verdict;
  return order.indexOf(key) + (outcome.exitCode === 0 ? order.length : 0);
}

function ofAll(verdict: BuildVerdict, legs: number): BuildVerdict {
  return { ...verdict, detail: `${verdict.detail} (the weakest of ${legs} legs)` };
}

/** The legs of a matrix as one decision sees them. */
export interface MatchedLegs {
  /** In alphabetical order, each under its name. */
  readonly present: readonly { readonly name: string; readonly leg: MeasuredLeg }[];
  /** Asked for, and nothing was left behind: cancelled, or never started. */
  readonly missing: readonly string[];
  /** Not measured on purpose. */
  readonly notRun: readonly string[];
}

/**
 * Which of the `expected` legs left something behind? Without a list whatever is there is the matrix. A leg that is there
 * though nobody asked for it counts as well: what was measured is judged. Two legs of one name keep their artifacts' names.
 */
export function matchLegs(
  legs: readonly MeasuredLeg[],
  expected: readonly string[] | undefined,
  unchanged: readonly string[],
): MatchedLegs {
  const names = legs.map(legName);
  const isTwice = (name: string) => names.filter((other) => other === name).length > 1;
  const present = legs
    .map((leg) => ({ name: isTwice(legName(leg)) ? leg.artifact : legName(leg), leg }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const isThere = (name: string) => legs.some((leg) => legName(leg) === name || leg.artifact === artifactSuffix(name));
  return {
    present,
    missing: (expected ?? []).filter((name) => !isThere(name)),
    notRun: unchanged.filter((name) => !isThere(name) && !expected?.includes(name)),
  };
}

/** `name` as artifacts may be called: GitHub refuses `" : < > | * ? \ /` and line ends in their names. */
export function artifactSuffix(name: string): string {
  return name
    .replaceAll(/["<>|*?\\/:\r\n]+/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
