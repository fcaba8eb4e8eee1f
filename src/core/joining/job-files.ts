import * as v from 'valibot';
import { GateError } from '../../errors.ts';
import { looksAt } from '../comparison/paired/duet-plan.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import { decodeRunRecord, encodeRunRecord } from '../run-record/run-record-codec.ts';
import type { InvalidReason } from '../validity/validity.ts';
import type { MeasuredDuet, MeasuredJob } from './measured-job.ts';

/** What a job leaves for the job that decides: files of the report's folder, uploaded as the artifact `tailgate-NAME`. */
const files = {
  runs: ['run-record.json', 'run-record-2.json', 'run-record-3.json'],
  baseline: 'baseline-record.json',
  duet: 'duet.json',
  report: 'report.json',
} as const;

/** Files that hold what was measured; one that a later run doesn't write must not stay behind from an earlier one. */
export const measuredFiles: readonly string[] = [...files.runs, files.baseline, files.duet];

/** Every file that is read out of an artifact. */
export const jobFiles: readonly string[] = [...measuredFiles, files.report];

export interface Measured {
  readonly record?: RunRecord;
  /** The run before its endpoints were labeled for a comparison. */
  readonly asMeasured?: RunRecord;
  readonly repeats?: readonly RunRecord[];
  readonly duet?: MeasuredDuet;
}

/** The texts of `measuredFiles` by file name. */
export function writeJobFiles({
  record: judged,
  asMeasured: record = judged,
  repeats = [],
  duet,
}: Measured): Readonly<Record<string, string>> {
  if (record === undefined) return {};
  const runs = [record, ...repeats].slice(0, files.runs.length);
  return {
    ...Object.fromEntries(runs.map((run, i) => [files.runs[i], encodeRunRecord(run)])),
    ...(duet && { [files.baseline]: encodeRunRecord(duet.baseline), [files.duet]: encodeSetup(duet) }),
  };
}

/**
 * A job from the texts of its files. Of the report only the code of a reason is taken, and only where the runs don't show
 * it: verdicts and sentences of an artifact are nobody's word. Throws `GateError` RECORD_INVALID for whatever isn't a job.
 */
export function readJobFiles(artifact: string, texts: ReadonlyMap<string, string>): MeasuredJob {
  const record = (file: string) => {
    const text = texts.get(file);
    return text === undefined ? [] : [readRun(text, `${file} of ${artifact}`)];
  };
  const records = files.runs.flatMap(record);
  const setup = texts.get(files.duet);
  if (setup === undefined || records.length === 0) {
    const reason = reasonIn(texts.get(files.report));
    if (records.length > 0) return { artifact, records, ...(reason === 'unsettled' && { isUnsettled: true }) };
    return { artifact, records, ...(reason !== undefined && reason !== 'unsettled' && { notMeasured: reason }) };
  }
  const [baseline] = record(files.baseline);
  const source = `${files.duet} of ${artifact}`;
  if (baseline === undefined) throw damaged(source, `${files.baseline}, the run of the other side, is not there`);
  const [candidate] = records as [RunRecord];
  const { pair } = candidate.provenance;
  if (pair?.side !== 'candidate' || baseline.provenance.pair?.side !== 'baseline')
    throw damaged(source, 'the two runs are not the two sides of a duet');
  if (pair.id !== baseline.provenance.pair.id) throw damaged(source, 'the two runs are of two duets');
  return { artifact, records, duet: { baseline, ...decodeSetup(setup, pair.id, source) } };
}

function readRun(text: string, source: string): RunRecord {
  const record = decodeRunRecord(text, source);
  const oversize = oversizeOf(record);
  if (oversize !== undefined) throw damaged(source, `no run has ${oversize}`);
  return record;
}

/** More pairs than any job has time for; the test keeps a vector of signs for every pair. */
const maxPairs = 5000;

/** Far more than names a duet. */
const longestSeed = 1000;

const pairsFrom = (fewest: number) => v.pipe(v.number(), v.integer(), v.minValue(fewest), v.maxValue(maxPairs));

const sides = {
  order: v.picklist(['concurrent', 'alternating']),
  placement: v.picklist(['one-deployment', 'one-host', 'separate-hosts']),
};

/** Said neither looks nor seed: they were equal looks, and the name of the pair. */
const firstSetup = v.strictObject({ schema: v.literal('tailgate.duet/1'), ...sides, plannedPairs: pairsFrom(0) });

const presentSetup = v.pipe(
  v.strictObject({
    schema: v.literal('tailgate.duet/2'),
    ...sides,
    plannedPairs: pairsFrom(1),
    looks: v.pipe(
      v.array(pairsFrom(1)),
      v.maxLength(maxPairs),
      v.check((looks) => looks.every((look, i) => look > (looks[i - 1] ?? 0)), 'looks must ascend'),
    ),
    seed: v.pipe(v.string(), v.maxLength(longestSeed)),
    end: v.exactOptional(
      v.strictObject({
        reason: v.picklist(['regressed', 'all-shown', 'budget-used', 'ended-early', 'undecided']),
        pairs: pairsFrom(0),
        totalRegressedAt: v.exactOptional(pairsFrom(1)),
      }),
    ),
  }),
  v.check(({ looks, plannedPairs }) => looks.at(-1) === plannedPairs, 'the last of its looks is not at plannedPairs'),
);

const setupSchema = v.variant('schema', [firstSetup, presentSetup]);

function encodeSetup({ order, placement, plannedPairs, looks, seed, end }: MeasuredDuet): string {
  return JSON.stringify({ schema: 'tailgate.duet/2', order, placement, plannedPairs, looks, seed, end });
}

function decodeSetup(text: string, pairId: string, source: string): Omit<MeasuredDuet, 'baseline'> {
  const parsed = v.safeParse(setupSchema, parseJson(text, source));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damaged(source, `${v.getDotPath(issue) ?? 'it'}: ${issue.message.slice(0, 200)}`);
  }
  const { schema: _, ...setup } = parsed.output;
  return 'looks' in setup ? setup : { ...setup, looks: looksAt(setup.plannedPairs), seed: pairId };
}

const reasons = [
  'k6-could-not-run',
  'k6-aborted',
  'script-throws',
  'no-requests',
  'target-not-used',
  'target-not-ready',
  'target-gone',
  'throttled',
  'bot-challenge',
  'generator-saturated',
  'cut-short',
  'baseline-side-dead',
  'both-overloaded',
  'target-changed',
  'script-changed',
  'hook-failed',
] as const satisfies readonly InvalidReason[];

const unmeasuredSchema = v.variant('verdict', [
  v.object({ verdict: v.literal('invalid'), reason: v.picklist(reasons) }),
  v.object({ verdict: v.literal('inconclusive'), reason: v.literal('unsettled') }),
]);

function reasonIn(report: string | undefined): InvalidReason | 'unsettled' | undefined {
  try {
    const parsed = v.safeParse(unmeasuredSchema, JSON.parse(report ?? 'null'));
    return parsed.success ? parsed.output.reason : undefined;
  } catch {
    return undefined;
  }
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(source, `it isn't JSON (${(cause as Error).message.slice(0, 200)})`);
  }
}

function damaged(source: string, why: string): GateError {
  return new GateError(
    'RECORD_INVALID',
    `${source} can't be used: ${why}`,
    'Measure again and upload the whole report folder.',
  );
}

/** Far more than any run has: 401 endpoints are kept of a run, names are cut at about 210 characters. */
const most = { series: 4000, nameLength: 1000, blockIndex: 100_000, texts: 1000 } as const;

/**
 * What of `record` is larger than a run can be, as a clause; undefined where nothing is. Judging takes time and memory by
 * these, so a record from elsewhere must not choose them freely.
 */
function oversizeOf({ endpoints, checks, metrics, warnings, exit }: RunRecord): string | undefined {
  const names = [
    ...endpoints.map(({ endpoint }) => endpoint),
    ...checks.map(({ check }) => check),
    ...metrics.map(({ metric }) => metric),
  ];
  if (names.length > most.series) return `${names.length} endpoints, checks and metrics`;
  const longest = Math.max(0, ...names.map((name) => name.length));
  if (longest > most.nameLength) return `a name of ${longest} characters`;
  const series: readonly { readonly blocks: readonly { readonly index: number }[] }[] = [
    ...endpoints,
    ...checks,
    ...metrics,
  ];
  const last = Math.max(0, ...series.map(({ blocks }) => blocks.at(-1)?.index ?? 0));
  if (last > most.blockIndex) return `a time block number ${last}`;
  const texts = warnings.length + exit.crossedThresholds.length;
  return texts > most.texts ? `${texts} warnings and thresholds` : undefined;
}
