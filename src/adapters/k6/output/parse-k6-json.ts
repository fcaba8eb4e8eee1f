import * as v from 'valibot';
import { ByteTextCache, type Cursor, hasText, parseTime, readNumber, readTime, unixMs } from './k6-bytes.ts';
import {
  builtInKind,
  builtInMetrics,
  type K6Labels,
  type K6Listeners,
  K6Points,
  type K6ReadOptions,
  labelsOf,
  type MetricKind,
  metricKind,
  tagsOf,
  UntypedMetrics,
} from './k6-points.ts';
import { BrokenLines, LineSplitter } from './line-splitter.ts';

export interface K6JsonOptions extends K6ReadOptions, K6Listeners {
  /** Counts on where the files of one run have several; its own unless given. */
  readonly points?: K6Points;
  /** Gets what isn't a sample (summary, output of handleSummary), unchanged and in order, in whole lines. */
  readonly onText?: (text: Buffer) => void;
  /** Whether the lines come from a file, where they may lie behind what a log driver put before them. */
  readonly isFile?: boolean;
  /** Called when a metric is declared: each process does so once, and thereby tells of itself. */
  readonly onDeclaration?: () => void;
  /** Called before the output of another k6 process begins: one process declares each metric once. */
  readonly onNextProcess?: () => void;
}

const newline = 10;
const carriageReturn = 13;
const closingBrace = 125;
const lineStart = Buffer.from('{"metric":"');
const afterName = Buffer.from('","type":"Point","data":{"time":"');
const afterTime = Buffer.from('","value":');
const afterValue = Buffer.from(',"tags":{');
const lineEnd = Buffer.from('}}}');
const metadataStart = Buffer.from('},"metadata":{');

/** Older versions of k6, and its documentation, have the name beside `data` only. */
const metricLine = v.object({
  type: v.literal('Metric'),
  metric: v.optional(v.string()),
  data: v.object({
    name: v.optional(v.string()),
    type: v.string(),
    contains: v.optional(v.string()),
    thresholds: v.nullish(v.array(v.unknown())),
  }),
});

/** What k6 writes, and what scripts of people's own make of it: times and values in other types, tags that are no texts. */
const pointLine = v.object({
  type: v.literal('Point'),
  metric: v.string(),
  data: v.object({
    time: v.pipe(
      v.union([v.string(), v.number()]),
      v.transform((time) => (typeof time === 'number' ? unixMs(time) : parseTime(time))),
      v.finite(),
    ),
    value: v.pipe(
      v.union([v.number(), v.boolean(), v.pipe(v.string(), v.trim(), v.nonEmpty())]),
      v.transform(Number),
      v.custom<number>((value) => !Number.isNaN(value)),
    ),
    tags: v.nullish(
      v.custom<Record<string, unknown>>((tags) => typeof tags === 'object' && tags !== null && !Array.isArray(tags)),
    ),
  }),
});

/**
 * Reads the JSON lines of `k6 run --out json=…` as they arrive, of k6 1.x and 2.x, mixed with whatever else is printed.
 *
 * Built for speed: of the 13 lines of a request 11 are passed over after a look at the metric's name; time and value of
 * the others are read from the bytes, and tags, which repeat, are parsed once per distinct text. A line in any other
 * shape takes the slow path through `JSON.parse`; the result is the same.
 */
export class K6JsonReader {
  readonly points: K6Points;
  /** The script's own thresholds that the lines name, as `metric: expression`; they don't tell what became of them. */
  readonly thresholds: string[] = [];
  readonly #options: K6JsonOptions;
  readonly #splitter = new LineSplitter((lines) => this.#readLines(lines));
  readonly #metrics: MetricTable;
  readonly #untyped: UntypedMetrics;
  readonly #labels: ByteTextCache<K6Labels>;
  readonly #cursor: Cursor = { position: 0 };
  readonly #broken = new BrokenLines("lines of k6's JSON were");
  #lineNumber = 0;
  #hasMetadata = false;
  #declared = new Set<string>();

  constructor(options: K6JsonOptions) {
    this.#options = options;
    this.points = options.points ?? new K6Points(options);
    this.#untyped = new UntypedMetrics(options);
    this.#metrics = new MetricTable(this.#untyped, options);
    this.#labels = new ByteTextCache((text) =>
      labelsOf(tagsOf(JSON.parse(text.toString('utf8')) as Record<string, unknown>), options),
    );
  }

  /** Takes the next piece of the stream, cut anywhere. */
  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
  }

  /** Tells that the stream has ended; a last line without a newline is read too. */
  end(): void {
    this.#splitter.end();
    this.points.end();
  }

  get brokenLines(): number {
    return this.#broken.count;
  }

  get lines(): number {
    return this.#lineNumber;
  }

  warnings(): string[] {
    const ofPoints = this.#options.points === undefined ? this.points.warnings() : [];
    return [...this.leftOut(), ...this.#untyped.warnings('JSON without lines of type Metric'), ...ofPoints];
  }

  /** Lines that could not be used. */
  leftOut(): string[] {
    return this.#broken.warnings();
  }

  #readLines(lines: Buffer): void {
    const view = new DataView(lines.buffer, lines.byteOffset, lines.length);
    for (let start = 0; start < lines.length; ) {
      const found = lines.indexOf(newline, start);
      const next = found < 0 ? lines.length : found + 1;
      this.#lineNumber++;
      let end = found < 0 ? lines.length : found;
      if (end > start && lines[end - 1] === carriageReturn) end--;
      if (!this.#readFast(lines, view, start, end)) this.#readSlowly(lines, start, end, next);
      start = next;
    }
  }

  /** Whether the line was a point in k6's usual shape, now dealt with. */
  #readFast(lines: Buffer, view: DataView, start: number, end: number): boolean {
    if (lines[end - 1] !== closingBrace || !hasText(lines, start, lineStart)) return false;
    const nameStart = start + lineStart.length;
    const metric = this.#metrics.find(lines, nameStart, end);
    if (metric === undefined) return false;
    const { kind } = metric;
    if (kind === 'skipped' || (kind === 'http-failed' && !this.points.isWaiting)) return true;
    return this.#readPoint(lines, view, nameStart + metric.length, end, metric);
  }

  #readPoint(
    lines: Buffer,
    view: DataView,
    nameEnd: number,
    end: number,
    metric: { name: string; kind: MetricKind },
  ): boolean {
    const cursor = this.#cursor;
    if (!hasText(lines, nameEnd, afterName) || !hasText(lines, end - lineEnd.length, lineEnd)) return false;
    const atMs = readTime(lines, nameEnd + afterName.length, cursor);
    if (cursor.position < 0 || !hasText(lines, cursor.position, afterTime)) return false;
    const value = readNumber(lines, cursor.position + afterTime.length, cursor);
    if (cursor.position < 0 || !hasText(lines, cursor.position, afterValue)) return false;
    const tagsStart = cursor.position + afterValue.length - 1;
    const tagsEnd = this.#endOfTags(lines, tagsStart, end);
    if (tagsEnd <= tagsStart) return false;
    let labels: K6Labels;
    try {
      labels = this.#labels.get(lines, view, tagsStart, tagsEnd);
    } catch {
      return false;
    }
    this.points.add(metric.kind, metric.name, atMs, value, labels);
    return true;
  }

  /** End of the tags object: before the two closing braces of the line, or before `metadata`, once that was met. */
  #endOfTags(lines: Buffer, start: number, end: number): number {
    if (this.#hasMetadata) {
      const metadata = lines.subarray(start, end).indexOf(metadataStart);
      if (metadata >= 0) return start + metadata + 1;
    }
    return end - lineEnd.length + 1;
  }

  #readSlowly(lines: Buffer, start: number, end: number, next: number): void {
    const text = lines.toString('utf8', start, end);
    if (this.#readText(text)) return;
    const bare = this.#options.isFile === true ? withoutPrefix(text) : undefined;
    if (bare !== undefined && this.#readText(bare)) return;
    this.#options.onText?.(Buffer.from(lines.subarray(start, next)));
  }

  /** Whether `text` was a line of k6's, used or counted as broken. */
  #readText(text: string): boolean {
    const json = text.startsWith('{') ? parseOrUndefined(text) : undefined;
    if (json !== undefined && (this.#readMetric(json) || this.#readAnyPoint(json))) return true;
    const wrapped = json === undefined || this.#options.isFile !== true ? undefined : wrappedLine(json);
    if (wrapped !== undefined) return this.#readText(wrapped);
    const isOurs = json === undefined ? brokenStart.test(text) || this.#isCsv(text) : isLikeAPoint(json);
    if (isOurs) this.#broken.add(this.#lineNumber, text);
    return isOurs;
  }

  /** A line of k6's CSV in a file that began with its JSON: of that pod nothing would be read. */
  #isCsv(text: string): boolean {
    return this.#options.isFile === true && csvLine.test(text);
  }

  #readMetric(json: unknown): boolean {
    const { success, output } = v.safeParse(metricLine, json);
    if (!success) return false;
    const { type, contains } = output.data;
    const name = output.data.name ?? output.metric;
    if (name === undefined) return false;
    if (this.#declared.has(name)) {
      this.#declared.clear();
      this.points.end();
      this.#options.onNextProcess?.();
    }
    this.#declared.add(name);
    this.#options.onDeclaration?.();
    for (const threshold of output.data.thresholds ?? []) {
      if (typeof threshold === 'string') this.thresholds.push(`${name}: ${threshold}`);
    }
    this.#metrics.declare(name, metricKind(name, type, contains));
    return true;
  }

  #readAnyPoint(json: unknown): boolean {
    const { success, output } = v.safeParse(pointLine, json);
    if (!success) return false;
    const { metric, data } = output;
    if (typeof json === 'object' && json !== null && 'data' in json) {
      this.#hasMetadata ||= typeof json.data === 'object' && json.data !== null && 'metadata' in json.data;
    }
    const tags = stringOrUndefined(data.tags ?? {});
    if (tags === undefined) return false;
    const text = Buffer.from(tags);
    const labels = this.#labels.get(text, new DataView(text.buffer, text.byteOffset, text.length), 0, text.length);
    this.points.add(this.#metrics.kindOf(metric), metric, data.time, data.value, labels);
    return true;
  }
}

/** How a line of k6's begins, also one that is cut short or damaged. */
const brokenStart = /^\{"(?:metric|type":"(?:Metric|Point))"/u;

/** What every request has in k6's CSV, and its header. */
const csvLine = /(?:^|[\s|])"?(?:metric_name"?,|(?:http|grpc)_req_duration"?,\d)/u;

/** The line from its brace on to the last brace, without what a log driver put around it: `k6-1  | `, colors, times. */
function withoutPrefix(text: string): string | undefined {
  const start = text.search(/\{"(?:metric|type|data)":/u);
  if (start < 0) return undefined;
  const end = text.lastIndexOf('}') + 1;
  return text.slice(start, end > start ? end : undefined);
}

/** The line of k6's that a log driver wrapped into JSON of its own, as Docker does: `{"log":"{\"metric\":…"}`. */
function wrappedLine(json: unknown, depth = 0): string | undefined {
  if (typeof json === 'string') return /^\{"(?:metric|type|data)":/u.test(json) ? json : undefined;
  if (typeof json !== 'object' || json === null || depth > deepestWrapping) return undefined;
  for (const value of Object.values(json)) {
    const line = wrappedLine(value, depth + 1);
    if (line !== undefined) return line;
  }
  return undefined;
}

/** As in an export of Elasticsearch: {"_source":{"message":…}}. */
const deepestWrapping = 2;

/** Whether it was to be a point or a declaration, and lacks what one needs. */
function isLikeAPoint(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('type' in json)) return false;
  return (json.type === 'Point' || json.type === 'Metric') && 'data' in json;
}

/** What `text` says as JSON; undefined where it is none. */
export function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `value` as JSON; undefined where it is nested too deeply for that. */
function stringOrUndefined(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

export interface KnownMetric {
  readonly name: string;
  readonly kind: MetricKind;
  /** Bytes of the name. */
  readonly length: number;
}

const quote = 34;

/** Finds metrics by the bytes of their names. Two names with one hash would take the reader's slow path, not each other's. */
class MetricTable {
  readonly #byHash = new Map<number, KnownMetric | 'ambiguous'>();
  readonly #byName = new Map<string, MetricKind>();
  readonly #untyped: UntypedMetrics;

  constructor(untyped: UntypedMetrics, options: K6ReadOptions) {
    this.#untyped = untyped;
    for (const name of builtInMetrics) this.declare(name, builtInKind(name, options));
  }

  declare(name: string, kind: MetricKind): void {
    if (this.#byName.has(name)) return;
    this.#byName.set(name, kind);
    const bytes = Buffer.from(name);
    const hash = hashName(bytes);
    this.#byHash.set(hash, this.#byHash.has(hash) ? 'ambiguous' : { name, kind, length: bytes.length });
  }

  kindOf(name: string): MetricKind {
    return this.#byName.get(name) ?? this.#untyped.kindOf(name);
  }

  /** The metric whose name begins at `start` and ends before the next quote; undefined when it isn't known. */
  find(bytes: Uint8Array, start: number, end: number): KnownMetric | undefined {
    let hash = 0;
    let position = start;
    for (; position < end; position++) {
      const byte = bytes[position] as number;
      if (byte === quote) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    const known = this.#byHash.get(hash);
    return known === undefined || known === 'ambiguous' || known.length !== position - start ? undefined : known;
  }
}

function hashName(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
