import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RunCollector } from '../../../core/run-record/collect-run.ts';
import { findTarget, withTarget } from '../../../core/run-record/endpoint-identity.ts';
import { maxRecordBytes, recordTooLong } from '../../../core/run-record/record-size-limit.ts';
import type { Provenance, RunRecord } from '../../../core/run-record/run-record.ts';
import { decodeRunRecord } from '../../../core/run-record/run-record-codec.ts';
import { defined } from '../../../defined.ts';
import { GateError } from '../../../errors.ts';
import { describeAddress, hostForms, parseAddress } from '../../target/target-host.ts';
import { csvFields, K6CsvReader } from './parse-k6-csv.ts';
import { K6JsonReader } from './parse-k6-json.ts';

export interface ReadK6FileOptions {
  /** `auto` (unless given) goes by the content. */
  readonly format?: 'auto' | 'k6-json' | 'k6-csv';
  /** 10 s or a tenth of the run, whichever is less, in whole blocks, unless given. */
  readonly warmUpMs?: number;
  /** 5000 unless given. */
  readonly blockLengthMs?: number;
  /** Tag whose value takes the place of the request's name. */
  readonly groupBy?: string;
  /** Units of custom metrics by name, which tell the type where the file doesn't. */
  readonly metricUnits?: ReadonlyMap<string, string>;
  readonly script?: string;
  /** Address under test; requests to other hosts are flagged. */
  readonly target?: string;
  /** Unix ms at which time starts; the start of the first request unless given. */
  readonly originMs?: number;
  readonly provenance?: Provenance;
  /** Read for the path `-`; `process.stdin` unless given. */
  readonly stdin?: Readable;
}

/** How much of the beginning is looked at to recognize the format. */
const recognizedBytes = 4096;

/**
 * The run record of k6's raw output: JSON lines or CSV, plain or gzip, a file or standard input (`-`). Everything that
 * the file can't tell (load model, k6 version, exit code) stays unknown, so it matches any other run.
 *
 * Throws `GateError` INPUT_UNREADABLE naming the file when it can't be read, is cut short, holds no samples, or when more
 * than 1 % of its lines or requests can't be used.
 */
export async function readK6File(path: string, options: ReadK6FileOptions = {}): Promise<RunRecord> {
  const [format, chunks] = await openRecognized(path, options);
  if (format === 'run-record') {
    await close(chunks);
    throw new GateError(
      'INPUT_UNREADABLE',
      `${inputName(path)} is a run record already, not raw k6 output`,
      'Use it as it is; `tailgate compare` takes run records.',
    );
  }
  return withTargetOf(await readSamples(path, format, chunks, options), path, options);
}

/** The run in a file of either kind: a run record is decoded, raw k6 output is read as `readK6File` does. */
export async function readRunOrK6File(path: string, options: ReadK6FileOptions = {}): Promise<RunRecord> {
  const [format, chunks] = await openRecognized(path, options);
  if (format !== 'run-record') return withTargetOf(await readSamples(path, format, chunks, options), path, options);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxRecordBytes) throw recordTooLong(inputName(path));
    parts.push(Buffer.from(chunk));
  }
  return withTargetOf(decodeRunRecord(Buffer.concat(parts).toString('utf8'), inputName(path)), path, options);
}

/** The record, with the requests of other hosts than the target's flagged, as those of a run that we measured are. */
function withTargetOf(record: RunRecord, path: string, { target }: ReadK6FileOptions): RunRecord {
  const address = target === undefined ? undefined : parseAddress(target);
  if (address === undefined) return record;
  const wanted = hostForms(address);
  const found = findTarget(record, wanted);
  if (found === undefined) return record;
  const told = withTarget(record, [found, ...wanted]);
  if (wanted.includes(found)) return told;
  const warning = `no request in ${inputName(path)} went to ${describeAddress(address)}, the target: ${found} is taken for it`;
  return { ...told, warnings: [...told.warnings, warning] };
}

async function openRecognized(
  path: string,
  options: ReadK6FileOptions,
): Promise<[format: InputFormat, chunks: AsyncGenerator<Buffer>]> {
  const [first, chunks] = await peek(openInput(path, options.stdin ?? process.stdin), recognizedBytes);
  const wanted = options.format ?? 'auto';
  if (wanted !== 'auto') return [wanted, chunks];
  try {
    return [recognizeFormat(first, inputName(path)), chunks];
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

function thresholdsIn(reader: K6JsonReader | K6CsvReader): Pick<RunRecord['exit'], 'otherThresholds'> {
  return 'thresholds' in reader && reader.thresholds.length > 0 ? { otherThresholds: reader.thresholds } : {};
}

async function readSamples(
  path: string,
  format: Exclude<InputFormat, 'run-record'>,
  chunks: AsyncIterable<Buffer>,
  options: ReadK6FileOptions,
): Promise<RunRecord> {
  const { blockLengthMs, originMs, groupBy, script, metricUnits } = options;
  const collector = new RunCollector({
    warmUpMs: options.warmUpMs ?? 'auto',
    ...defined({ blockLengthMs, originMs }),
  });
  const readOptions = {
    ...defined({ groupBy, script, metricUnits }),
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
    ...(points.bytesReceived > 0 && { bytesReceived: points.bytesReceived }),
    setupAndTeardownRequests: points.setupAndTeardownRequests,
    exit: { class: 'ran', crossedThresholds: [], ...thresholdsIn(reader), thrownIterations: 0 },
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
    `Give a file that k6 wrote by \`--out ${option}=FILE\` during a run that made requests.`,
  );
}

const newline = 10;

/** A last line longer than this isn't k6's; it is not looked at. */
const longestLine = 1024 * 1024;

/** Follows the bytes of a k6 file to tell, at its end, whether the file was cut short in its last line. */
class LastLine {
  readonly #format: 'k6-json' | 'k6-csv';
  #header: string | undefined;
  #rest = Buffer.alloc(0);

  constructor(format: 'k6-json' | 'k6-csv') {
    this.#format = format;
  }

  /** Takes the next piece of the file; it may be reused afterwards. */
  push(chunk: Buffer): void {
    const at = chunk.lastIndexOf(newline);
    if (at >= 0) {
      this.#header ??= Buffer.concat([this.#rest, chunk.subarray(0, chunk.indexOf(newline))]).toString('utf8');
      this.#rest = Buffer.from(chunk.subarray(at + 1));
    } else if (this.#rest.length <= longestLine) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
    }
  }

  /** k6 ends every line; one without an end that is no whole record is where the file was cut. */
  isCut(): boolean {
    const line = this.#rest.toString('utf8').replace(/\r$/, '');
    if (line === '' || this.#rest.length > longestLine) return false;
    if (this.#format === 'k6-json') return line.startsWith('{') && !isJson(line);
    const columns = csvFields(this.#header ?? '')?.length ?? 0;
    return (csvFields(line)?.length ?? 0) < columns;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export type InputFormat = 'k6-json' | 'k6-csv' | 'run-record';

/** What is in a file, by its first bytes. Throws `GateError` INPUT_UNREADABLE, quoting them, when it is nothing we read. */
function recognizeFormat(first: Buffer, source: string): InputFormat {
  const text = first
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .trimStart();
  if (/^\{\s*"schema"\s*:/u.test(text)) return 'run-record';
  if (text.startsWith('{')) return 'k6-json';
  const [line = ''] = text.split(/\r?\n/u, 1);
  if (/(?:^|,)"?metric_name"?(?:,|$)/u.test(line)) return 'k6-csv';
  if (/^\{"metric":/mu.test(text)) return 'k6-json';
  const isText = !/[\u0000-\u0008\u000E-\u001F\uFFFD]/u.test(text.slice(0, 512));
  const shown = JSON.stringify(text.slice(0, 60));
  if (isText && line.includes(',')) {
    throw new GateError(
      'INPUT_UNREADABLE',
      `${source} looks like CSV without k6's header: it begins with ${shown}`,
      'Keep the first line that k6 writes (metric_name,timestamp,metric_value,…): it tells which column is which.',
    );
  }
  throw new GateError(
    'INPUT_UNREADABLE',
    `${source} is ${isText ? 'no k6 output' : 'binary data'}: it begins with ${shown}`,
    'Give JSON lines or CSV that k6 wrote by `--out`, plain or gzip, or a run record.',
  );
}

/** Beyond this share of lines or requests that can't be used, what is left describes another run. */
const maxUnusableShare = 0.01;

/** What was met while a raw k6 file was read to its end. */
export interface FileDamage {
  /** The end of the file lies within a line. */
  readonly isCut: boolean;
  readonly lines: number;
  readonly brokenLines: number;
  readonly requests: number;
  /** Requests whose duration or time is impossible. */
  readonly requestsLeftOut: number;
  /** What the warnings say of the damage, with the first example of each kind. */
  readonly details: readonly string[];
}

/** Throws `GateError` INPUT_UNREADABLE for a file that is no longer what k6 wrote: half a run must not pass for a whole one. */
function refuseDamagedFile(source: string, damage: FileDamage): void {
  const { isCut, lines, brokenLines, requests, requestsLeftOut } = damage;
  const hint = 'Was k6 or the copy stopped early? Measure or copy again; half a run is not compared.';
  if (isCut) throw new GateError('INPUT_UNREADABLE', `${source} is cut short: its last line is not whole`, hint);
  const seen = damage.details.length === 0 ? '' : `: ${damage.details.join('; ')}`;
  if (brokenLines > maxUnusableShare * lines) {
    const message = `${source} is damaged, ${brokenLines} of ${lines} lines can't be read${seen}`;
    throw new GateError('INPUT_UNREADABLE', message, hint);
  }
  if (requestsLeftOut > maxUnusableShare * requests) {
    const message = `${source} is damaged, ${requestsLeftOut} of ${requests} requests have an impossible duration or time${seen}`;
    throw new GateError('INPUT_UNREADABLE', message, 'Was the file edited, or written by something else than k6?');
  }
}

const chunkBytes = 1024 * 1024;

/** Stands for standard input where a path is expected. */
const standardInput = '-';

/**
 * The bytes of a file, or of standard input for `-`, unpacked if they are gzip. A chunk is valid until the next is asked
 * for. Throws `GateError` INPUT_UNREADABLE for a file that can't be read, is empty, or is gzip cut short or damaged:
 * half a run must not pass for a whole one.
 */
async function* openInput(path: string, stdin: Readable): AsyncGenerator<Buffer> {
  const source = inputName(path);
  const packed = path === standardInput ? (stdin as AsyncIterable<Buffer>) : fileChunks(path);
  const [first, chunks] = await peek(packed, 2);
  if (first.length === 0) {
    throw new GateError('INPUT_UNREADABLE', `${source} is empty`, 'Did k6 write to another file, or was it stopped?');
  }
  if (first[0] === 0x1f && first[1] === 0x8b) yield* unpacked(chunks, source);
  else yield* chunks;
}

/** How messages call the input. */
function inputName(path: string): string {
  return path === standardInput ? 'standard input' : JSON.stringify(path);
}

/** The first chunks, joined to at least `bytes` if there are as many, and all chunks from the start. */
async function peek(
  chunks: AsyncIterable<Buffer>,
  bytes: number,
): Promise<[first: Buffer, all: AsyncGenerator<Buffer>]> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < bytes) {
    const { done, value } = await iterator.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (first.length > 0) yield first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return [first, all()];
}

/** Reads the next chunk while the caller works on the last one. */
async function* fileChunks(path: string): AsyncGenerator<Buffer> {
  let [current, next] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  try {
    await using file = await open(path);
    let { bytesRead } = await file.read(current, 0, chunkBytes);
    while (bytesRead > 0) {
      const reading = file.read(next, 0, chunkBytes);
      // A failure is met at the await below; without this it would count as unhandled while the caller works.
      reading.catch(() => undefined);
      yield current.subarray(0, bytesRead);
      ({ bytesRead } = await reading);
      [current, next] = [next, current];
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? "doesn't exist" : code === 'EISDIR' ? 'is a directory' : `can't be read: ${message}`;
    throw new GateError('INPUT_UNREADABLE', `${inputName(path)} ${reason}`, 'Give the path of a readable file.', cause);
  }
}

async function* unpacked(chunks: AsyncIterable<Buffer>, source: string): AsyncGenerator<Buffer> {
  // Chunks are copied: gunzip may hold more than one while the file's buffer is reused.
  const packed = Readable.from(copies(chunks));
  const gunzip = createGunzip({ chunkSize: chunkBytes / 4 });
  packed.on('error', (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    const isCut = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
    const state = isCut ? 'is a gzip file cut short' : `is a damaged gzip file (${(cause as Error).message})`;
    const hint = 'Was k6 or the upload stopped early? Measure or copy again; half a run is not compared.';
    throw new GateError('INPUT_UNREADABLE', `${source} ${state}`, hint, cause);
  }
}

async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
