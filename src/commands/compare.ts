import { writeOutputFile } from '../adapters/files/report-files.ts';
import { readRunOrK6File } from '../adapters/k6/output/read-k6-file.ts';
import type { Config, SideAddress } from '../config/config.ts';
import { configError } from '../config/parse-config.ts';
import type { Placement } from '../core/comparison/paired/duet-plan.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { buildReport } from '../core/report/model/report-model.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import { defined } from '../defined.ts';
import { GateError } from '../errors.ts';
import { type Judged, judgePair, judgeRuns } from '../gate/judge.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { durationFlag } from './baseline.ts';
import { formatOfName, formatReport, type ReportFormat } from './print-report.ts';
import { requireFiles } from './require-files.ts';

/** Flags of `compare`, as commander hands them over. */
export interface CompareFlags {
  readonly baseline: readonly string[];
  readonly candidate: readonly string[];
  /** Absent: as the name of the output ends, otherwise text. */
  readonly format?: ReportFormat;
  readonly output?: string;
  readonly repeats: 'fresh' | 'same-runner';
  readonly paired?: boolean;
  readonly placement: Placement;
  readonly warmUp?: string;
}

/** Judges candidate files against baseline files; resolves to the exit code of the verdict. */
export async function compare(flags: CompareFlags, inputs: Record<string, string | undefined>): Promise<number> {
  const config = await loadConfig({ inputs, needs: 'comparison' });
  const options = {
    ...durationFlag('warm-up', flags.warmUp),
    ...(config.blockLengthMs !== undefined && { blockLengthMs: config.blockLengthMs }),
    metricUnits: new Map(config.thresholds.metrics.map(({ metric, unit }) => [metric, unit])),
  };
  if (flags.paired === true) checkPairing(flags);
  await requireFiles({ '--baseline': flags.baseline, '--candidate': flags.candidate });
  const target = addressOf(config.target?.url);
  const baseline = await readAll(flags.baseline, {
    ...options,
    ...defined({ target: addressOf(config.duet?.baselineUrl) ?? target }),
  });
  const candidates = await readAll(flags.candidate, { ...options, ...defined({ target }) });
  const judged = judge(flags, config, baseline, candidates);
  const report = buildReport(judged);
  const output = flags.output === '-' ? undefined : flags.output;
  const text = formatReport(report, flags.format ?? formatOfName(output), { isFile: output !== undefined });
  await deliver(text, `${report.badge}: ${report.headline}`, output);
  return judged.decided.outcome.exitCode;
}

/** A deployment that GitHub knows says nothing of the hosts in a file. */
function addressOf(side: SideAddress | undefined): string | undefined {
  return typeof side === 'string' ? side : undefined;
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
  if (flags.paired === true && baseline !== undefined) {
    if (baseline.id === record.id) throw sameRun(flags);
    // Blocks of two separate processes: no coin decided which side went first.
    const paired = { placement: flags.placement, order: 'concurrent' } as const;
    return judgePair(
      { name, thresholds, failOn },
      { baseline, candidate: record, targetWasReady: false, paired, warnings },
    );
  }
  return judgeRuns(
    { name, mode: 'stored', thresholds, failOn },
    {
      record,
      repeats,
      sharedVariance: flags.repeats === 'fresh' ? 0 : 1,
      validity: judgeValidity(record, { targetWasReady: false }),
      stored,
      warnings,
    },
  );
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

/** One after another: a raw file of a long run is large, and only its sketches are kept. */
async function readAll(paths: readonly string[], options: Parameters<typeof readRunOrK6File>[1]): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for (const path of paths) records.push(await readRunOrK6File(path, options));
  return records;
}
