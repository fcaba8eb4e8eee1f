import { stat } from 'node:fs/promises';
import { writeOutputFile } from '../adapters/files/report-files.ts';
import { type ReadK6FileOptions, readRunOrK6File } from '../adapters/k6/output/read-k6-file.ts';
import type { Config } from '../config/config.ts';
import { configError } from '../config/parse-config.ts';
import { alignByClock } from '../core/comparison/paired/align-by-clock.ts';
import { areFresh } from '../core/joining/measured-job.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { buildReport } from '../core/report/model/report-model.ts';
import { byStart, type RunRecord } from '../core/run-record/run-record.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import { defined } from '../defined.ts';
import { GateError } from '../errors.ts';
import { type Judged, judgePair, judgeRuns } from '../gate/judge.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { addressOf, readingOptions } from './import-file.ts';
import { formatOfName, formatReport, type ReportFormat } from './print-report.ts';
import { refuseOverwriting, requireFiles } from './require-files.ts';

/** Flags of `compare`, as commander hands them over. */
export interface CompareFlags {
  readonly baseline: readonly string[];
  readonly candidate: readonly string[];
  /** Absent: as the name of the output ends, otherwise text. */
  readonly format?: ReportFormat;
  readonly output?: string;
  readonly paired?: boolean;
}

/** Judges candidate files against baseline files; resolves to the exit code of the verdict. */
export async function compare(flags: CompareFlags, inputs: Record<string, string | undefined>): Promise<number> {
  const config = await loadConfig({ inputs, needs: 'comparison' });
  const options = readingOptions(config);
  if (flags.paired === true) checkPairing(flags);
  await requireFiles({ '--baseline': flags.baseline, '--candidate': flags.candidate });
  await refuseOverwriting(flags.output, [...flags.baseline, ...flags.candidate]);
  const ofBaseline = addressOf(config.duet?.baselineUrl) ?? options.target;
  const baseline = await readAll(flags.baseline, { ...options, ...defined({ target: ofBaseline }) });
  const read = await readAll(flags.candidate, options);
  const candidates = flags.paired === true ? await readBeside(baseline, read, flags.candidate, options) : read;
  const judged = judge(flags, config, baseline, candidates);
  const report = buildReport(judged);
  const output = flags.output === '-' ? undefined : flags.output;
  const text = formatReport(report, flags.format ?? formatOfName(output), { isFile: output !== undefined });
  await deliver(text, `${report.badge}: ${report.headline}`, output);
  return judged.decided.outcome.exitCode;
}

function judge(
  flags: CompareFlags,
  config: Config,
  stored: readonly RunRecord[],
  candidates: readonly RunRecord[],
): Judged {
  const { name, thresholds, failOn } = config;
  const warnings = orderWarnings(stored, candidates);
  const [record, ...repeats] = candidates;
  if (record === undefined) throw new TypeError('commander requires a candidate file');
  const [baseline] = stored;
  const kind = config.betweenJobs.repeats;
  const isFresh = kind === 'fresh' || (kind === 'auto' && repeats.length > 0 && areFresh(candidates));
  if (flags.paired === true && baseline !== undefined) {
    if (baseline.id === record.id) throw sameRun(flags);
    // Blocks of two separate processes: no coin decided which side went first.
    const paired = {
      placement: config.placement === 'auto' ? 'one-host' : config.placement,
      order: 'concurrent',
    } as const;
    const aligned = alignByClock(baseline, record);
    return judgePair(
      { name, thresholds, failOn },
      { ...aligned, targetWasReady: false, paired, warnings: [...aligned.warnings, ...warnings] },
    );
  }
  return judgeRuns(
    { name, mode: 'stored', thresholds, failOn },
    {
      record,
      repeats,
      sharedVariance: isFresh ? 0 : 1,
      validity: judgeValidity(record, { targetWasReady: false }),
      stored,
      warnings: [...warnings, ...warnOfShards('--baseline', stored), ...warnOfShards('--candidate', candidates)],
    },
  );
}

/** Files of load generators that made one run together, given as runs of their own, would count as many. */
function warnOfShards(flag: string, records: readonly RunRecord[]): string[] {
  const imported = records.filter(({ provenance }) => provenance.source !== undefined).toSorted(byStart);
  const endOf = ({ startedAt, durationMs }: RunRecord) => Date.parse(startedAt) + durationMs;
  const beside = imported.find((record, i) => {
    const before = imported[i - 1];
    return before !== undefined && endOf(before) - Date.parse(record.startedAt) > record.durationMs / 2;
  });
  if (beside === undefined) return [];
  return [
    `files of ${flag} were measured at the same time, ${beside.provenance.source} beside another: if several load generators made one run, \`tailgate import FILE FILE -o run.json\` makes one record of it`,
  ];
}

/** A change is measured after what it changes, or beside it; the other way round every gain reads as a loss. */
function orderWarnings(stored: readonly RunRecord[], candidates: readonly RunRecord[]): string[] {
  const newestEnd = Math.max(...candidates.map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs));
  const [oldest] = stored.map(({ startedAt }) => startedAt).sort();
  if (oldest === undefined || newestEnd >= Date.parse(oldest)) return [];
  return [
    `the candidate (measured until ${new Date(newestEnd).toISOString()}) is older than every baseline (from ${oldest} on): were --baseline and --candidate given the wrong way round?`,
  ];
}

function checkPairing({ baseline, candidate }: CompareFlags): void {
  if (baseline.length === 1 && candidate.length === 1) return;
  const got = `${baseline.length} baseline and ${candidate.length} candidate files`;
  throw configError([{ where: '--paired', got, expected: 'one file a side: the two runs were made side by side' }]);
}

/** Beside itself no run is ever slower. */
function sameRun({ baseline, candidate }: CompareFlags): GateError {
  const got = `the same run twice, from ${JSON.stringify(baseline[0])} and ${JSON.stringify(candidate[0])}`;
  return configError([{ where: '--paired', got, expected: 'two runs that were made side by side' }]);
}

/** A file that can't be written costs the file, not the verdict: the report then goes to standard output. */
async function deliver(text: string, headline: string, output: string | undefined): Promise<void> {
  if (output !== undefined) {
    try {
      await writeOutputFile(output, text);
      process.stderr.write(`${toPlainLines(headline)}. Written to ${toPlainLines(output)}.\n`);
      return;
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      process.stderr.write(`warning: ${toPlainLines(error.message)}. ${error.hint} The verdict stands.\n`);
    }
  }
  process.stdout.write(text);
}

/**
 * The candidate once more, where it is raw output, with blocks that begin when those of the baseline do: then a pair is one
 * moment, not two that lie up to half a block apart.
 */
async function readBeside(
  [baseline]: readonly RunRecord[],
  [candidate]: readonly RunRecord[],
  [path = '']: readonly string[],
  options: ReadK6FileOptions,
): Promise<RunRecord[]> {
  if (baseline === undefined || candidate === undefined) return [];
  if (!(await isRegularFile(path)) || candidate.blockLengthMs !== baseline.blockLengthMs) return [candidate];
  const [startMs, baselineStartMs] = [candidate, baseline].map(({ startedAt }) => Date.parse(startedAt)) as [
    number,
    number,
  ];
  // What lies before the first block must be warm-up; without one, the first block is rather begun too early.
  const apart = (startMs + candidate.warmUpMs - baselineStartMs - baseline.warmUpMs) / baseline.blockLengthMs;
  const blocks = candidate.warmUpMs > 0 ? Math.ceil(apart - negligibleShare) : Math.floor(apart);
  const originMs = baselineStartMs + baseline.warmUpMs - candidate.warmUpMs + blocks * baseline.blockLengthMs;
  if (originMs === startMs) return [candidate];
  return [await readRunOrK6File(path, { ...options, warmUpMs: candidate.warmUpMs, originMs })];
}

async function isRegularFile(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() === true;
}

/** Of a block: so little of a warm-up in it makes no difference, and two that start together are seldom closer. */
const negligibleShare = 0.1;

/** One after another: a raw file of a long run is large, and only its sketches are kept. */
async function readAll(paths: readonly string[], options: ReadK6FileOptions): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for (const path of paths) records.push(await readRunOrK6File(path, options));
  return records;
}
