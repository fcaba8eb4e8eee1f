import { writeOutputFile } from '../adapters/files/report-files.ts';
import { readRunOrK6File } from '../adapters/k6/read-k6-file.ts';
import { toPlainLines } from '../core/report/escape.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import { GateError } from '../errors.ts';
import { judgeRuns } from '../gate.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { durationFlag } from './duration-flag.ts';
import { formatReport } from './print-report.ts';

/** Flags of `compare`, as commander hands them over. */
export interface CompareFlags {
  readonly baseline: readonly string[];
  readonly candidate: readonly string[];
  readonly format: 'text' | 'json' | 'markdown';
  readonly output?: string;
  readonly repeats: 'fresh' | 'same-runner';
  readonly warmUp?: string;
}

/** Judges candidate files against baseline files; resolves to the exit code of the verdict. */
export async function compare(flags: CompareFlags, inputs: Record<string, string | undefined>): Promise<number> {
  const config = await loadConfig({ inputs, needs: 'comparison' });
  const options = { ...durationFlag('warm-up', flags.warmUp), blockLengthMs: config.blockLengthMs };
  const stored = await readAll(flags.baseline, options);
  const [record, ...repeats] = await readAll(flags.candidate, options);
  if (record === undefined) throw new TypeError('commander requires a candidate file');
  const { decided, report } = judgeRuns(
    { name: config.name, mode: 'stored', thresholds: config.thresholds, failOn: config.failOn },
    {
      record,
      repeats,
      sharedVariance: flags.repeats === 'fresh' ? 0 : 1,
      validity: judgeValidity(record, { targetWasReady: false }),
      stored,
      warnings: [],
    },
  );
  const text = formatReport(report, flags.format);
  await deliver(text, flags.output);
  return decided.outcome.exitCode;
}

/** A file that can't be written costs the file, not the verdict: the report then goes to standard output. */
async function deliver(text: string, output: string | undefined): Promise<void> {
  if (output !== undefined) {
    try {
      await writeOutputFile(output, text);
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
