import * as v from 'valibot';
import { allEndpoints, subjectLabel } from '../../src/core/run-record/subject.ts';
import type { BuildOrder, LiveBuild } from './live-cases.ts';

const text = v.string();
const number = v.number();

const outcomeEntries = {
  verdict: text,
  reason: text,
  detail: text,
  pairsUsed: number,
  stoppedEarly: v.boolean(),
  /** Judged load a side; with an early stop that is the time to the verdict. */
  judgedS: number,
  /** Load with its warm-ups; in turn both sides together. */
  loadS: number,
  /** From the start of the gate's process to its end. */
  wallS: number,
  /** Of the gate's process from start to end. */
  tailgateCpuS: number,
  /** Of the gate's process while there was load. */
  tailgateLoadCpuS: number,
  /** Of the k6 processes of both sides. */
  k6CpuS: number,
  /** 95th percentile in the worst 5 s of the worse side. */
  startLatenessMs: number,
  warnings: v.array(text),
};

const outcomeSchema = v.object({
  ...outcomeEntries,
  comparisons: v.array(v.object({ endpoint: text, metric: text, verdict: text, relativeChange: v.optional(number) })),
});

/** What the process that makes a duet tells of it. */
export type DuetOutcome = v.InferOutput<typeof outcomeSchema>;

const rowSchema = v.object({
  /** Hash of the code that was evaluated. */
  code: text,
  case: text,
  order: v.picklist(['concurrent', 'alternating']),
  build: number,
  seed: text,
  changedEndpoints: v.array(text),
  ...outcomeEntries,
  /** Regressed, as `ENDPOINT METRIC`. */
  named: v.array(text),
  /** Median over the changed endpoints of what was measured at p95; absent where nothing was changed. */
  measuredP95Change: v.optional(number),
  finishedAt: text,
});

/** One finished build: a line of the file of results. */
export type LiveRow = v.InferOutput<typeof rowSchema>;

export function parseOutcome(json: string): DuetOutcome {
  return v.parse(v.pipe(text, v.parseJson(), outcomeSchema), json);
}

/** The rows of a file of results. Throws for a line that is none; a last line without its end was cut off and is left out. */
export function parseRows(lines: string): LiveRow[] {
  const whole = lines.slice(0, lines.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(v.pipe(text, v.parseJson(), rowSchema), line));
}

export function rowOf(
  plan: LiveBuild,
  outcome: DuetOutcome,
  surroundings: { code: string; finishedAt: string },
): LiveRow {
  const { comparisons, ...rest } = outcome;
  const regressed = comparisons.filter(({ verdict }) => verdict === 'regressed');
  const changes = comparisons
    .filter(({ endpoint, metric }) => metric === 'p95' && plan.changedEndpoints.includes(endpoint))
    .flatMap(({ relativeChange }) => (relativeChange === undefined ? [] : [relativeChange]))
    .sort((a, b) => a - b);
  const measured = changes[Math.floor(changes.length / 2)];
  return {
    code: surroundings.code,
    case: plan.liveCase.id,
    order: plan.order,
    build: plan.build,
    seed: plan.seed,
    changedEndpoints: [...plan.changedEndpoints],
    ...rest,
    named: regressed.map(({ endpoint, metric }) => `${endpoint} ${metric}`),
    ...(measured !== undefined && { measuredP95Change: measured }),
    finishedAt: surroundings.finishedAt,
  };
}

/** Whether the build fails and names something that was changed. */
export function findsChanged(row: LiveRow): boolean {
  const right = rightNames(row);
  return row.verdict === 'fail' && namedEndpoints(row).some((endpoint) => right.has(endpoint));
}

/** Whether no endpoint that was left alone is named. */
export function namesOnlyChanged(row: LiveRow): boolean {
  const right = rightNames(row);
  return namedEndpoints(row).every((endpoint) => right.has(endpoint));
}

/** A check that fails along with its endpoint is no endpoint that was left alone. */
function namedEndpoints({ named }: LiveRow): string[] {
  const cuts = named.map((name) => ({ name, at: name.lastIndexOf(' ') }));
  return cuts
    .filter(({ name, at }) => name.slice(at + 1) !== 'checkFailureRate')
    .map(({ name, at }) => name.slice(0, at));
}

/** A shift of all endpoints together is the right name for a change of half of them or more. */
function rightNames({ changedEndpoints }: LiveRow): ReadonlySet<string> {
  return new Set([...changedEndpoints, ...(changedEndpoints.length >= 5 ? [subjectLabel(allEndpoints)] : [])]);
}

interface BuildKey {
  readonly case: string;
  readonly order: BuildOrder;
  readonly build: number;
}

const keyOf = (key: BuildKey) => `${key.case} ${key.order} ${key.build}`;

/** The builds that no row which counts has yet. */
export function openBuilds(
  plans: readonly LiveBuild[],
  rows: readonly LiveRow[],
  counts: (row: LiveRow) => boolean,
): LiveBuild[] {
  const done = new Set(rows.filter(counts).map(keyOf));
  return plans.filter((plan) => !done.has(keyOf({ case: plan.liveCase.id, order: plan.order, build: plan.build })));
}
