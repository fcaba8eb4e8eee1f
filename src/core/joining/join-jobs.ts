import type { GivenSettings } from '../../printed-command.ts';
import type { ComparisonResult } from '../comparison/comparison-result.ts';
import type { Row } from '../comparison/row.ts';
import type { ReportFacts } from '../report/model/report-facts.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import { inJob } from '../run-record/subject.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import { type BuildVerdict, type Decided, type FailOn, outcomeOf } from '../verdict/build-verdict.ts';
import { jobName, type MeasuredJob } from './measured-job.ts';

/** One job that was judged. */
export interface JudgedJob {
  readonly name: string;
  readonly facts: ReportFacts;
}

export interface JobsToJoin {
  readonly jobs: readonly JudgedJob[];
  readonly missing: readonly string[];
  readonly notRun: readonly string[];
  /** Whether somebody said which jobs there must be. */
  readonly isListed: boolean;
  readonly storeLabel: string;
  readonly warnings: readonly string[];
}

interface JoiningPlan {
  readonly name: string;
  readonly thresholds: Thresholds;
  readonly failOn: readonly FailOn[];
  readonly given?: GivenSettings;
}

/** One report on all jobs: each job's endpoints under its name (`checkout / GET /cart`), and the verdict on the build. */
export function joinJobs(plan: JoiningPlan, given: JobsToJoin): ReportFacts {
  const { jobs, missing, notRun, isListed, storeLabel } = given;
  const comparison = joinComparisons(jobs);
  const decided = {
    ...joinVerdicts(
      jobs.map(({ name, facts }) => ({ name, decided: facts.decided })),
      ...([missing, notRun, plan.failOn] as const),
    ),
    ...(comparison && { comparison }),
  };
  const record = joinRecords(jobs);
  // What is missing is said of the first job that lacks it: the runs of the others are no baseline of its.
  const lacking = jobs.find(({ facts }) => facts.decided.verdict.verdict === 'no-baseline');
  const lackingName = lacking?.facts.record?.fingerprint.hard.name;
  const told = decided.verdict.verdict === 'no-baseline' && lacking !== undefined ? [lacking] : jobs;
  return {
    ...{ mode: 'stored', name: plan.name, failOn: plan.failOn, storeLabel, decided },
    ...(plan.given && { given: plan.given }),
    ...(lackingName !== undefined && { lackingName }),
    ...(record && { record }),
    thresholds: { ...plan.thresholds, ...joinLabels(jobs.map(({ facts }) => facts.thresholds)) },
    window: told.flatMap(({ name, facts: { window } }) => window.map((run) => renamedRun(name, run))),
    excluded: excludedFromAll(told),
    story: storyOf(given),
    warnings: [
      ...given.warnings,
      ...(isListed ? [] : ['which jobs there should be was not said (`jobs`): one that is missing would go unnoticed']),
      ...warningsOf(jobs),
    ],
  };
}

/** A run of one job is left out of every other; that is no news. */
function excludedFromAll(jobs: readonly JudgedJob[]): ReportFacts['excluded'] {
  const used = new Set(jobs.flatMap(({ facts: { window } }) => window.map(({ id }) => id)));
  return jobs.flatMap(({ facts: { excluded } }) => excluded.filter(({ id }) => !used.has(id)));
}

/** A warning that several jobs give is said once. */
function warningsOf(jobs: readonly JudgedJob[]): string[] {
  const givenBy = new Map<string, string[]>();
  for (const { name, facts } of jobs) {
    for (const warning of facts.warnings) givenBy.set(warning, [...(givenBy.get(warning) ?? []), name]);
  }
  return [...givenBy].map(([warning, names]) => `${names.join(', ')}: ${warning}`);
}

/** A job a line, and what each came to. */
function storyOf({ jobs, missing, notRun }: JobsToJoin): string[] {
  const share =
    jobs.length > 1 ? `${jobs.length} jobs were judged, each under 1/${jobs.length} of the build's alpha.` : '';
  return [
    ...(share === '' ? [] : [share]),
    ...jobs.map(({ name, facts: { decided } }) => `${name}: ${decided.verdict.verdict}, ${decided.verdict.detail}.`),
    ...missing.map((name) => `${name}: missing.`),
    ...notRun.map((name) => `${name}: not run, unchanged.`),
  ];
}

function joinComparisons(jobs: readonly JudgedJob[]): ComparisonResult | undefined {
  const compared = jobs.flatMap(({ name, facts: { decided } }) =>
    decided.comparison ? [{ name, comparison: decided.comparison }] : [],
  );
  if (compared.length === 0) return undefined;
  return {
    comparisons: compared.flatMap(({ name, comparison }) =>
      comparison.comparisons.filter(isNoTotalOrBad).map((row) => ({ ...row, subject: inJob(row.subject, name) })),
    ),
    baselineRuns: Math.min(...compared.map(({ comparison }) => comparison.baselineRuns)),
    candidateRuns: Math.min(...compared.map(({ comparison }) => comparison.candidateRuns)),
    sharedChange: {},
    ...(compared.some(({ comparison }) => comparison.isDoubtful === true) && { isDoubtful: true }),
    suspects: compared.flatMap(({ name, comparison }) =>
      comparison.suspects.map((suspect) => ({ ...suspect, subject: inJob(suspect.subject, name) })),
    ),
    warnings: compared.flatMap(({ name, comparison }) => comparison.warnings.map((warning) => `${name}: ${warning}`)),
    ...joinLabels(compared.map(({ comparison }) => comparison)),
  };
}

/** Of every job; a label that two of them have stands for either. */
function joinLabels(of: readonly Pick<ComparisonResult, 'otherLabels'>[]): Pick<ComparisonResult, 'otherLabels'> {
  const otherLabels = new Map<string, readonly string[]>();
  for (const [label, others] of of.flatMap((one) => [...(one.otherLabels ?? [])])) {
    otherLabels.set(label, [...(otherLabels.get(label) ?? []), ...others]);
  }
  return { otherLabels };
}

/** What all endpoints of one job have in common is no endpoint among those of all jobs, unless it is what went wrong. */
function isNoTotalOrBad({ subject, verdict }: Row): boolean {
  return subject.kind !== 'all-endpoints' || verdict === 'regressed' || verdict === 'slower-within-margin';
}

/** One run made of all, for shares of the traffic and figures per endpoint; it is never stored. */
function joinRecords(jobs: readonly JudgedJob[]): RunRecord | undefined {
  const records = jobs.flatMap(({ name, facts: { record } }) => (record ? [renamedRun(name, record)] : []));
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

function renamedRun(job: string, record: RunRecord): RunRecord {
  const { exit } = record;
  return {
    ...record,
    endpoints: record.endpoints.map((series) => ({ ...series, endpoint: labelInJob(job, series.endpoint) })),
    checks: record.checks.map((series) => ({ ...series, check: labelInJob(job, series.check) })),
    metrics: record.metrics.map((series) => ({ ...series, metric: labelInJob(job, series.metric) })),
    exit: { ...exit, crossedThresholds: exit.crossedThresholds.map((crossed) => labelInJob(job, crossed)) },
  };
}

function labelInJob(job: string, name: string): string {
  return `${job} / ${name}`;
}

/** The verdict of one job. */
interface JobVerdict {
  readonly name: string;
  readonly decided: Decided;
}

/**
 * The verdict on a build of several jobs: that of the job that comes first in the table of verdicts, among those that
 * make the build red where there are any. A job that should be there and isn't makes it `invalid`: nobody knows what it
 * would have shown. Where no job had to run there is nothing to find.
 */
export function joinVerdicts(
  jobs: readonly JobVerdict[],
  missing: readonly string[],
  notRun: readonly string[],
  failOn: readonly FailOn[],
): Pick<Decided, 'verdict' | 'outcome'> {
  const verdicts = [
    ...(missing.length > 0 ? [missingVerdict(missing)] : []),
    ...jobs.map(({ name, decided: { verdict } }) => ({ ...verdict, detail: `${name}: ${verdict.detail}` })),
  ].map((verdict) => ({ verdict, outcome: outcomeOf(verdict, failOn, 'stored') }));
  const [worst, ...others] = verdicts.sort((a, b) => rankOf(a) - rankOf(b));
  if (worst === undefined) return nothingRan(notRun);
  const alike = others.filter(({ verdict }) => verdict.verdict === worst.verdict.verdict).length;
  if (worst.verdict.verdict === 'pass' || alike === 0) {
    return jobs.length > 1 && worst.verdict.verdict === 'pass'
      ? { ...worst, verdict: ofAll(worst.verdict, jobs.length) }
      : worst;
  }
  return { ...worst, verdict: { ...worst.verdict, detail: `${worst.verdict.detail} (and ${alike} more of the jobs)` } };
}

function missingVerdict(missing: readonly string[]): BuildVerdict {
  const [first, ...more] = missing;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return {
    verdict: 'invalid',
    reason: 'job-missing',
    detail: `${first}${others} left nothing measured behind`,
    hint: 'A job that was canceled or failed before it could measure: see its log and run it again. One that has nothing to measure belongs into `unchanged-jobs`.',
  };
}

function nothingRan(notRun: readonly string[]): Pick<Decided, 'verdict' | 'outcome'> {
  if (notRun.length === 0) {
    const verdict = {
      ...missingVerdict(['every job']),
      detail: 'no job left anything measured behind',
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

function ofAll(verdict: BuildVerdict, jobs: number): BuildVerdict {
  return { ...verdict, detail: `${verdict.detail} (the weakest of ${jobs} jobs)` };
}

/** The jobs of a matrix as one decision sees them. */
export interface MatchedJobs {
  /** In alphabetical order, each under its name. */
  readonly present: readonly { readonly name: string; readonly job: MeasuredJob }[];
  /** Asked for, and nothing was left behind: canceled, or never started. */
  readonly missing: readonly string[];
  /** Not measured on purpose. */
  readonly notRun: readonly string[];
}

/**
 * Which of the `expected` jobs left something behind? Without a list whatever is there is the matrix. A job that is there
 * though nobody asked for it counts as well: what was measured is judged. Two jobs of one name keep their artifacts' names.
 */
export function matchJobs(
  jobs: readonly MeasuredJob[],
  expected: readonly string[] | undefined,
  unchanged: readonly string[],
): MatchedJobs {
  const names = jobs.map(jobName);
  const isTwice = (name: string) => names.filter((other) => other === name).length > 1;
  const present = jobs
    .map((job) => ({ name: isTwice(jobName(job)) ? job.artifact : jobName(job), job }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const isThere = (name: string) => jobs.some((job) => jobName(job) === name || job.artifact === artifactSuffix(name));
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
