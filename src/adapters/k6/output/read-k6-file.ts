import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { RunCollector, type ShardSpan } from '../../../core/run-record/collect-run.ts';
import { findTarget, withTarget } from '../../../core/run-record/endpoint-identity.ts';
import { maxRecordBytes, recordTooLong } from '../../../core/run-record/record-size-limit.ts';
import type { Provenance, RunRecord } from '../../../core/run-record/run-record.ts';
import { decodeRunRecord } from '../../../core/run-record/run-record-codec.ts';
import { defined } from '../../../defined.ts';
import { GateError } from '../../../errors.ts';
import { describeAddress, hostForms, parseAddress } from '../../target/target-host.ts';
import { K6Points } from './k6-points.ts';
import { inputName, openInput, peek, standardInput } from './open-input.ts';
import { csvFields, K6CsvReader } from './parse-k6-csv.ts';
import { type K6JsonOptions, K6JsonReader } from './parse-k6-json.ts';
import { type InputFormat, recognizedBytes, recognizeInput } from './recognize-input.ts';

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
  /** Label of where the target ran. */
  readonly environment?: string;
  /** Address under test; requests to other hosts are flagged. */
  readonly target?: string;
  /** Unix ms at which time starts; the start of the first request unless given. */
  readonly originMs?: number;
  readonly provenance?: Provenance;
  /** Read for the path `-`; `process.stdin` unless given. */
  readonly stdin?: Readable;
}

/**
 * The run record of k6's raw output: JSON lines or CSV, plain or gzip, a file or standard input (`-`). Everything that
 * the file can't tell (load model, k6 version, exit code) stays unknown, so it matches any other run.
 *
 * Several files, and the outputs of several k6 processes in one file, are the shards of one run that several load
 * generators made together: they are put on one clock.
 *
 * Throws `GateError` INPUT_UNREADABLE naming the file when it can't be read, is cut short, holds no samples, or when more
 * than 1 % of its lines or requests can't be used; and for processes that didn't run at the same time.
 */
export async function readK6File(
  paths: string | readonly [string, ...string[]],
  options: ReadK6FileOptions = {},
): Promise<RunRecord> {
  const files = typeof paths === 'string' ? ([paths] as const) : paths;
  const refused = (source: string) =>
    new GateError(
      'INPUT_UNREADABLE',
      `${source} is a run record already, not raw k6 output`,
      'Use it as it is; `tailgate compare` takes run records.',
    );
  const record = await readShards(files, options, async (path, chunks) => {
    await close(chunks);
    throw refused(inputName(path));
  });
  return withTargetOf(record, namesOf(files), options);
}

/** The run in a file of either kind: a run record is decoded, raw k6 output is read as `readK6File` does. */
export async function readRunOrK6File(path: string, options: ReadK6FileOptions = {}): Promise<RunRecord> {
  return withTargetOf(await readShards([path], options, decodeRecord), inputName(path), options);
}

type OnRunRecord = (path: string, chunks: AsyncGenerator<Buffer>) => Promise<RunRecord>;

async function decodeRecord(path: string, chunks: AsyncGenerator<Buffer>): Promise<RunRecord> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxRecordBytes) throw recordTooLong(inputName(path));
    parts.push(Buffer.from(chunk));
  }
  return decodeRunRecord(Buffer.concat(parts).toString('utf8'), inputName(path));
}

/** The record, with the requests of other hosts than the target's flagged, as those of a run that we measured are. */
function withTargetOf(record: RunRecord, source: string, { target }: ReadK6FileOptions): RunRecord {
  const address = target === undefined ? undefined : parseAddress(target);
  if (address === undefined) return record;
  const wanted = hostForms(address);
  const found = findTarget(record, wanted);
  if (found === undefined) return record;
  const told = withTarget(record, [found, ...wanted]);
  if (wanted.includes(found)) return told;
  const warning = `no request in ${source} went to ${describeAddress(address)}, the target: ${found} is taken for it`;
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
    return [recognizeInput(first, inputName(path)), chunks];
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

/** What comes through a pipe is gone when it was read; asking for it again would wait for ever. */
async function canBeReadAgain(path: string): Promise<boolean> {
  if (path === standardInput) return false;
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() !== false;
}

async function readShards(
  paths: readonly [string, ...string[]],
  options: ReadK6FileOptions & { readonly isUnordered?: boolean },
  onRunRecord: OnRunRecord,
): Promise<RunRecord> {
  const { blockLengthMs, originMs, groupBy, script, metricUnits } = options;
  const collector = new RunCollector({
    warmUpMs: options.warmUpMs ?? 'auto',
    ...defined({ blockLengthMs, originMs }),
    mayHoldShards: true,
    isUnordered: options.isUnordered === true,
  });
  const readOptions = {
    ...defined({ groupBy, script, metricUnits }),
    onSample: (sample: Parameters<RunCollector['add']>[0]) => collector.add(sample),
    onHeartbeat: (atMs: number) => collector.noteHeartbeat(atMs),
    onDeclaration: () => collector.expectToldShards(),
    onNextProcess: () => collector.endShard(),
  };
  const points = new K6Points(readOptions);
  const formats = new Set<string>();
  const leftOut: string[] = [];
  const thresholds = new Set<string>();
  const isFromFiles = (await Promise.all(paths.map(canBeReadAgain))).every(Boolean);
  for (const path of paths) {
    const [format, chunks] = await openRecognized(path, options);
    if (format === 'run-record') return onRunRecord(path, chunks);
    formats.add(format);
    const input = { format, chunks, ...readOptions, points, thresholds };
    const unusable = await readFileInto(collector, path, input, isFromFiles && options.isUnordered !== true);
    // Nobody sets a clock so often: the lines were sorted or shuffled.
    if (unusable === 'unordered') return readShards(paths, { ...options, isUnordered: true }, onRunRecord);
    leftOut.push(...unusable);
  }
  if (points.newestMs === Number.NEGATIVE_INFINITY) throw nothingRead(paths, formats, leftOut);
  refuseOtherRuns(paths, collector.shards);
  const earliestMs = Math.min(...collector.shards.map(({ startMs }) => startMs));
  // Now that all shards are known, so is when the first of them began.
  if (originMs === undefined && earliestMs < (collector.originMs ?? earliestMs) && isFromFiles) {
    return readShards(paths, { ...options, originMs: earliestMs }, onRunRecord);
  }
  const sources = paths.filter((path) => path !== standardInput);
  const record = collector.finish({
    fingerprint: {
      hard: { ...defined({ environment: options.environment }), outputMode: [...formats].sort().join(' and ') },
      soft: {},
    },
    provenance: { ...options.provenance, ...(sources.length > 0 && { source: sources.join(', ') }) },
    iterations: points.iterations,
    droppedIterations: points.droppedIterations,
    ...(points.bytesReceived > 0 && { bytesReceived: points.bytesReceived }),
    setupAndTeardownRequests: points.setupAndTeardownRequests,
    exit: {
      class: 'ran',
      crossedThresholds: [],
      ...(thresholds.size > 0 && { otherThresholds: [...thresholds] }),
      thrownIterations: 0,
    },
    generator: {},
    warnings: [...new Set(leftOut), ...points.warnings(), ...(options.isUnordered === true ? [unordered] : [])],
  });
  if (points.requests + points.setupAndTeardownRequests === 0 && !measuresTarget(record))
    throw nothingUsable(paths, leftOut);
  return record;
}

/** Whether anything is in it that a target did, where it was sent no request. */
function measuresTarget({ checks, metrics }: RunRecord): boolean {
  return checks.length > 0 || metrics.some(({ metric }) => !metric.startsWith('iteration_duration'));
}

/** Reads one file to its end; what could not be used of it, a sentence per kind. `unordered`: it is to be read once more. */
async function readFileInto(
  collector: RunCollector,
  path: string,
  input: Omit<K6JsonOptions, 'isFile'> & {
    readonly format: Exclude<InputFormat, 'run-record'>;
    readonly chunks: AsyncIterable<Buffer>;
    readonly points: K6Points;
    /** Gets the script's own thresholds that the file names. */
    readonly thresholds: Set<string>;
  },
  canReadAgain: boolean,
): Promise<string[] | 'unordered'> {
  const { format, chunks, points, thresholds, ...options } = input;
  const requests = points.requests;
  const { requestsLeftOut } = collector;
  const reader =
    format === 'k6-json'
      ? new K6JsonReader({ ...options, points, isFile: true })
      : new K6CsvReader({ ...options, points, source: inputName(path) });
  const lastLine = new LastLine(format);
  for await (const chunk of chunks) {
    lastLine.push(chunk);
    reader.push(chunk);
  }
  const brokenBeforeEnd = reader.brokenLines;
  reader.end();
  collector.endShard();
  if ('thresholds' in reader) for (const threshold of reader.thresholds) thresholds.add(threshold);
  if (points.newestMs === Number.NEGATIVE_INFINITY) return reader.leftOut();
  if (canReadAgain && collector.disorder > mostDisorder) return 'unordered';
  refuseDamagedFile(inputName(path), {
    isCut: lastLine.isCut() || reader.brokenLines > brokenBeforeEnd,
    lines: reader.lines,
    brokenLines: reader.brokenLines,
    requests: points.requests - requests,
    requestsLeftOut: collector.requestsLeftOut - requestsLeftOut,
    details: [...reader.leftOut(), ...collector.leftOut()],
  });
  return reader.warnings();
}

function namesOf(paths: readonly string[]): string {
  return paths.map(inputName).join(' and ');
}

function hold(paths: readonly string[]): string {
  return paths.length > 1 ? 'hold' : 'holds';
}

function nothingRead(paths: readonly string[], formats: ReadonlySet<string>, leftOut: readonly string[]): GateError {
  const seen = leftOut.length === 0 ? '' : ` (${leftOut.join('; ')})`;
  const option = formats.has('k6-json') ? 'json' : 'csv';
  return new GateError(
    'INPUT_UNREADABLE',
    `${namesOf(paths)} ${hold(paths)} no samples of k6${seen}`,
    `Give a file that k6 wrote by \`--out ${option}=FILE\` during a run that made requests.`,
  );
}

function nothingUsable(paths: readonly string[], leftOut: readonly string[]): GateError {
  const seen = leftOut.length === 0 ? '' : ` (${leftOut.join('; ')})`;
  return new GateError(
    'INPUT_UNREADABLE',
    `${namesOf(paths)} ${hold(paths)} samples of k6, but none of a request or of another metric that can be compared${seen}`,
    'Keep http_req_duration, or grpc_req_duration, with its tags when the file is filtered; see that the script makes requests.',
  );
}

/** More jumps than this are no clock's. */
const mostDisorder = 3;

const unordered =
  'the samples are not in the order in which k6 told of them: each is placed by its own time, and jumps of the clock would not be noticed';

/** A pause of no load generator at all that is longer than this parts two runs. */
const longestPauseMs = 10_000;

/** Throws `GateError` INPUT_UNREADABLE for outputs that aren't the shards of one run: made at other times, or given twice. */
function refuseOtherRuns(paths: readonly string[], shards: readonly ShardSpan[]): void {
  const [first, ...later] = shards.toSorted((a, b) => a.startMs - b.startMs);
  if (first === undefined) return;
  const twice = shards.find((shard, i) => shards.slice(0, i).some((other) => isSame(shard, other)));
  if (twice !== undefined && twice.samples > 1) {
    throw new GateError(
      'INPUT_UNREADABLE',
      `${namesOf(paths)} ${hold(paths)} the same samples twice, ${twice.samples} from ${clockTime(twice.startMs)} on`,
      'Give each file of the run once.',
    );
  }
  let endMs = first.endMs;
  for (const { startMs, endMs: end } of later) {
    if (startMs > endMs + longestPauseMs) {
      throw new GateError(
        'INPUT_UNREADABLE',
        `${namesOf(paths)} ${hold(paths)} several runs: one ended at ${clockTime(endMs)}, the next began at ${clockTime(startMs)}`,
        'Keep each run in a file of its own (`--out json=run-1.json`), import it by itself, and give `compare` several files. Only what several load generators made at the same time is one run.',
      );
    }
    endMs = Math.max(endMs, end);
  }
}

function isSame(a: ShardSpan, b: ShardSpan): boolean {
  return a.samples === b.samples && a.requestMs === b.requestMs && a.startMs === b.startMs && a.endMs === b.endMs;
}

function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
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
