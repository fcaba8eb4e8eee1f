import type { Readable } from 'node:stream';
import { RunCollector } from '../../../core/run-record/collect-run.ts';
import { mostRecordBytes, recordTooLong } from '../../../core/run-record/record-size-limit.ts';
import type { Provenance, RunRecord } from '../../../core/run-record/run-record.ts';
import { decodeRunRecord } from '../../../core/run-record/run-record-codec.ts';
import { GateError } from '../../../errors.ts';
import { type InputFormat, recogniseFormat } from './input-format.ts';
import { LastLine } from './last-line.ts';
import { inputName, openInput, peek, standardInput } from './open-input.ts';
import { K6CsvReader } from './parse-k6-csv.ts';
import { K6JsonReader } from './parse-k6-json.ts';
import { refuseDamagedFile } from './refuse-damaged-file.ts';

export interface ReadK6FileOptions {
  /** `auto` (unless given) goes by the content. */
  readonly format?: 'auto' | 'k6-json' | 'k6-csv';
  /** 10 s or a tenth of the run, whichever is less, in whole blocks, unless given. */
  readonly warmUpMs?: number;
  /** 5000 unless given. */
  readonly blockLengthMs?: number;
  /** Tag whose value takes the place of the request's name. */
  readonly groupBy?: string;
  readonly script?: string;
  /** Hosts under test; URLs of others are flagged. */
  readonly targetHosts?: readonly string[];
  /** Unix ms at which time starts; the start of the first request unless given. */
  readonly originMs?: number;
  readonly provenance?: Provenance;
  /** Read for the path `-`; `process.stdin` unless given. */
  readonly stdin?: Readable;
}

/** How much of the beginning is looked at to recognise the format. */
const recognisedBytes = 4096;

/**
 * The run record of k6's raw output: JSON lines or CSV, plain or gzip, a file or standard input (`-`). Everything that
 * the file can't tell (load model, k6 version, exit code) stays unknown, so it matches any other run.
 *
 * Throws `GateError` INPUT_UNREADABLE naming the file when it can't be read, is cut short, holds no samples, or when more
 * than 1 % of its lines or requests can't be used.
 */
export async function readK6File(path: string, options: ReadK6FileOptions = {}): Promise<RunRecord> {
  const [format, chunks] = await openRecognised(path, options);
  if (format === 'run-record') {
    await close(chunks);
    throw new GateError(
      'INPUT_UNREADABLE',
      `${inputName(path)} is a run record already, not raw k6 output`,
      'Use it as it is; `tailgate compare` takes run records.',
    );
  }
  return readSamples(path, format, chunks, options);
}

/** The run in a file of either kind: a run record is decoded, raw k6 output is read as `readK6File` does. */
export async function readRunOrK6File(path: string, options: ReadK6FileOptions = {}): Promise<RunRecord> {
  const [format, chunks] = await openRecognised(path, options);
  if (format !== 'run-record') return readSamples(path, format, chunks, options);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > mostRecordBytes) throw recordTooLong(inputName(path));
    parts.push(Buffer.from(chunk));
  }
  return decodeRunRecord(Buffer.concat(parts).toString('utf8'), inputName(path));
}

async function openRecognised(
  path: string,
  options: ReadK6FileOptions,
): Promise<[format: InputFormat, chunks: AsyncGenerator<Buffer>]> {
  const [first, chunks] = await peek(openInput(path, options.stdin ?? process.stdin), recognisedBytes);
  const wanted = options.format ?? 'auto';
  if (wanted !== 'auto') return [wanted, chunks];
  try {
    return [recogniseFormat(first, inputName(path)), chunks];
  } catch (error) {
    await close(chunks);
    throw error;
  }
}

/** A generator that was never asked for anything would leave the file open. */
async function close(chunks: AsyncGenerator<Buffer>): Promise<void> {
  await chunks.next();
  await chunks.return(undefined);
}

async function readSamples(
  path: string,
  format: Exclude<InputFormat, 'run-record'>,
  chunks: AsyncIterable<Buffer>,
  options: ReadK6FileOptions,
): Promise<RunRecord> {
  const { blockLengthMs, targetHosts, originMs, groupBy, script } = options;
  const collector = new RunCollector({
    warmUpMs: options.warmUpMs ?? 'auto',
    ...(blockLengthMs !== undefined && { blockLengthMs }),
    ...(targetHosts !== undefined && { targetHosts }),
    ...(originMs !== undefined && { originMs }),
  });
  const readOptions = {
    ...(groupBy !== undefined && { groupBy }),
    ...(script !== undefined && { script }),
    onSample: (sample: Parameters<RunCollector['add']>[0]) => collector.add(sample),
    source: inputName(path),
  };
  const reader = format === 'k6-json' ? new K6JsonReader(readOptions) : new K6CsvReader(readOptions);
  const lastLine = new LastLine(format);
  for await (const chunk of chunks) {
    lastLine.push(chunk);
    reader.push(chunk);
  }
  const brokenBeforeEnd = reader.brokenLines;
  reader.end();
  const { points } = reader;
  if (points.newestMs === Number.NEGATIVE_INFINITY) throw nothingRead(path, format, reader.warnings());
  const record = collector.finish({
    fingerprint: { hard: { outputMode: format }, soft: {} },
    provenance: { ...options.provenance, ...(path !== standardInput && { source: path }) },
    iterations: points.iterations,
    droppedIterations: points.droppedIterations,
    setupAndTeardownRequests: points.setupAndTeardownRequests,
    exit: { class: 'ran', crossedThresholds: [], thrownIterations: 0 },
    generator: {},
    warnings: reader.warnings(),
  });
  refuseDamagedFile(inputName(path), {
    isCut: lastLine.isCut() || reader.brokenLines > brokenBeforeEnd,
    lines: reader.lines,
    brokenLines: reader.brokenLines,
    requests: points.requests,
    requestsLeftOut: collector.requestsLeftOut,
    details: [...reader.leftOut(), ...collector.leftOut()],
  });
  return record;
}

function nothingRead(path: string, format: string, warnings: readonly string[]): GateError {
  const seen = warnings.length === 0 ? '' : ` (${warnings.join('; ')})`;
  const option = format === 'k6-json' ? 'json' : 'csv';
  return new GateError(
    'INPUT_UNREADABLE',
    `${inputName(path)} holds no samples of k6${seen}`,
    `Give a file written by \`k6 run --out ${option}=FILE\` during a run that made requests.`,
  );
}
