import { GateError } from '../../../errors.ts';
import { ByteTextCache, type Cursor, parseTime, readNumber, unixMs } from './k6-bytes.ts';
import {
  builtInKind,
  type K6Labels,
  type K6Listeners,
  K6Points,
  type K6ReadOptions,
  type K6Tags,
  labelsOf,
  type MetricKind,
  UntypedMetrics,
} from './k6-points.ts';
import { BrokenLines, LineSplitter } from './line-splitter.ts';

export interface K6CsvOptions extends K6ReadOptions, K6Listeners {
  /** Counts on where the files of one run have several; its own unless given. */
  readonly points?: K6Points;
  /** What to call the input in messages. */
  readonly source: string;
  /** Called before the output of another k6 process begins: each writes a header of its own. */
  readonly onNextProcess?: () => void;
}

const newline = 10;
const carriageReturn = 13;
const comma = 44;
const quote = 34;

/** A quoted field that spans more lines than this is a broken file. */
const maxLinesOfRecord = 1000;

interface CsvMetric {
  readonly name: string;
  readonly kind: MetricKind | 'header';
}

/**
 * Reads the output of `k6 run --out csv=…`. Columns are found by the header; times may have any `K6_CSV_TIME_FORMAT`.
 * CSV doesn't say what type a custom metric has, so custom metrics are left out, with a warning that names them.
 *
 * Built for speed: with the usual first three columns the rest of a line, which repeats, is parsed once per distinct text.
 */
export class K6CsvReader {
  readonly points: K6Points;
  readonly #options: K6CsvOptions;
  readonly #splitter = new LineSplitter((lines) => this.#readLines(lines));
  readonly #cursor: Cursor = { position: 0 };
  readonly #broken = new BrokenLines('lines of CSV were');
  readonly #metrics: ByteTextCache<CsvMetric>;
  #labels: ByteTextCache<K6Labels>;
  readonly #untyped: UntypedMetrics;
  #columns: CsvColumns | undefined;
  #isUsualOrder = false;
  /** Words that a log driver put before each line. */
  #prefixWords = 0;
  #firstSkipped: string | undefined;
  #unfinished: { text: string; readonly line: number; lines: number } | undefined;
  #lineNumber = 0;

  constructor(options: K6CsvOptions) {
    this.#options = options;
    this.points = options.points ?? new K6Points(options);
    this.#untyped = new UntypedMetrics(options);
    this.#metrics = new ByteTextCache((text) => this.#metricNamed(text.toString('utf8')));
    this.#labels = this.#newLabels();
  }

  /** Takes the next piece of the stream, cut anywhere. Throws `GateError` INPUT_UNREADABLE when the header is missing. */
  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
  }

  /** Tells that the stream has ended. Throws `GateError` INPUT_UNREADABLE when there was nothing at all. */
  end(): void {
    this.#splitter.end();
    if (this.#columns === undefined) csvColumns(this.#firstSkipped ?? '', this.#options.source);
    if (this.#unfinished !== undefined) this.#broken.add(this.#unfinished.line, this.#unfinished.text);
    this.points.end();
  }

  #newLabels(): ByteTextCache<K6Labels> {
    return new ByteTextCache((text) => this.#labelsOfRecord(`,,,${text.toString('utf8')}`));
  }

  get brokenLines(): number {
    return this.#broken.count;
  }

  get lines(): number {
    return this.#lineNumber;
  }

  warnings(): string[] {
    const ofPoints = this.#options.points === undefined ? this.points.warnings() : [];
    return [...this.leftOut(), ...this.#untyped.warnings('CSV'), ...ofPoints];
  }

  /** Lines that could not be used. */
  leftOut(): string[] {
    return this.#broken.warnings();
  }

  #readLines(lines: Buffer): void {
    const view = new DataView(lines.buffer, lines.byteOffset, lines.length);
    let nextQuote = lines.indexOf(quote);
    for (let start = 0; start < lines.length; ) {
      const found = lines.indexOf(newline, start);
      const next = found < 0 ? lines.length : found + 1;
      let end = found < 0 ? lines.length : found;
      if (end > start && lines[end - 1] === carriageReturn) end--;
      if (nextQuote >= 0 && nextQuote < start) nextQuote = lines.indexOf(quote, start);
      const hasQuote = nextQuote >= 0 && nextQuote < end;
      this.#lineNumber++;
      if (this.#unfinished !== undefined || hasQuote || !this.#readFast(lines, view, start, end)) {
        this.#readSlowly(lines.toString('utf8', start, end));
      }
      start = next;
    }
  }

  #readFast(lines: Buffer, view: DataView, start: number, end: number): boolean {
    if (!this.#isUsualOrder) return false;
    let position = start;
    while (position < end && lines[position] !== comma) position++;
    if (position >= end) return false;
    const metric = this.#metrics.get(lines, view, start, position);
    if (metric.kind === 'header') return false;
    if (metric.kind === 'skipped' || (metric.kind === 'http-failed' && !this.points.isWaiting)) return true;
    const time = readNumber(lines, position + 1, this.#cursor);
    if (this.#cursor.position < 0) return false;
    const value = readNumber(lines, this.#cursor.position + 1, this.#cursor);
    if (this.#cursor.position < 0 || this.#cursor.position >= end) return false;
    let labels: K6Labels;
    try {
      labels = this.#labels.get(lines, view, this.#cursor.position + 1, end);
    } catch {
      return false;
    }
    this.points.add(metric.kind, metric.name, unixMs(time), value, labels);
    return true;
  }

  /** Any line: the header, other column orders, quotes, other time formats, and what is broken. */
  #readSlowly(line: string): void {
    const bare = withoutWords(line, this.#prefixWords);
    const text = this.#unfinished === undefined ? bare : `${this.#unfinished.text}\n${bare}`;
    const firstLine = this.#unfinished?.line ?? this.#lineNumber;
    const lines = (this.#unfinished?.lines ?? 0) + 1;
    this.#unfinished = undefined;
    if (text === '') return;
    if (this.#columns === undefined) this.#seekHeader(text);
    else if (endsInsideQuotes(text) && lines < maxLinesOfRecord) this.#unfinished = { text, line: firstLine, lines };
    else if (!this.#readRecord(text, this.#columns)) this.#broken.add(firstLine, text);
  }

  /** What k6 or other containers printed before the header is passed over. */
  #seekHeader(text: string): void {
    const at = text.search(/(?:^|[\s,\uFEFF])"?metric_name"?(?:,|$)/u);
    if (at < 0) {
      this.#firstSkipped ??= text;
      return;
    }
    const prefix = /^.*\s(?="?metric_name)/u.exec(text)?.[0] ?? '';
    this.#prefixWords = prefix.match(/\S+\s/gu)?.length ?? 0;
    this.#readHeader(withoutWords(text, this.#prefixWords));
  }

  #readHeader(text: string): void {
    const columns = csvColumns(text, this.#options.source);
    this.#columns = columns;
    const isUsual = columns.metric === 0 && columns.time === 1 && columns.value === 2;
    this.#isUsualOrder = isUsual && this.#prefixWords === 0;
  }

  #readRecord(text: string, columns: CsvColumns): boolean {
    const fields = csvFields(text);
    if (fields === undefined) return false;
    if (fields.includes(metricColumn) && fields.includes('timestamp')) {
      this.#beginNext(text);
      return true;
    }
    const name = fields[columns.metric];
    if (name === undefined || fields.length !== columns.names.length || !metricName.test(name)) return false;
    const atMs = unixMsOf(fields[columns.time] as string);
    const value = numberOf(fields[columns.value] as string);
    if (Number.isNaN(atMs) || value === undefined) return false;
    this.points.add(this.#kindOf(name), name, atMs, value, labelsOf(csvTags(columns, fields), this.#options));
    return true;
  }

  /** Another process of k6 wrote from here on; its columns may be others. */
  #beginNext(header: string): void {
    this.points.end();
    this.#options.onNextProcess?.();
    this.#readHeader(header);
    this.#labels = this.#newLabels();
  }

  #metricNamed(name: string): CsvMetric {
    // A header has a column's name where other lines have the metric's, whatever the order of its columns.
    return { name, kind: this.#columns?.names.includes(name) === true ? 'header' : this.#kindOf(name) };
  }

  #kindOf(name: string): MetricKind {
    const kind = builtInKind(name, this.#options);
    return kind === 'unknown' ? this.#untyped.kindOf(name) : kind;
  }

  #labelsOfRecord(text: string): K6Labels {
    const columns = this.#columns as CsvColumns;
    const fields = csvFields(text);
    if (fields?.length !== columns.names.length) throw new RangeError('wrong number of fields');
    return labelsOf(csvTags(columns, fields), this.#options);
  }
}

/** A line without the words before it, and without the color that ends with it. */
function withoutWords(line: string, words: number): string {
  if (words === 0) return line;
  return line.replace(new RegExp(`^\\s*(?:\\S+\\s+){${words}}`, 'u'), '').replace(/\u001B\[[\d;]*m$/u, '');
}

const metricColumn = 'metric_name';

/** k6 takes names that begin with a letter or an underscore; anything else is what a log driver put before it. */
const metricName = /^[\p{L}_]/u;

function unixMsOf(text: string): number {
  return /^\d+(?:\.\d+)?$/u.test(text) ? unixMs(Number(text)) : parseTime(text);
}

/** Go's spelling of a float; undefined for anything else. */
function numberOf(text: string): number | undefined {
  if (/^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/iu.test(text)) return Number(text);
  if (text === 'NaN') return Number.NaN;
  return /^[-+]Inf$/u.test(text) ? Number.POSITIVE_INFINITY * (text.startsWith('-') ? -1 : 1) : undefined;
}

/** Where the columns of one k6 CSV file are; their order follows the system tags that were on. */
export interface CsvColumns {
  readonly names: readonly string[];
  readonly metric: number;
  readonly time: number;
  readonly value: number;
  readonly extraTags: number;
}

/** Columns that are no tags. */
const notTags: readonly string[] = [metricColumn, 'timestamp', 'metric_value', 'extra_tags', 'metadata'];

const required: readonly string[] = [metricColumn, 'timestamp', 'metric_value'];

/** Reads the header. Throws `GateError` INPUT_UNREADABLE when `line` isn't the header of a k6 CSV file. */
function csvColumns(line: string, source: string): CsvColumns {
  const names = (csvFields(line.replace(/^\uFEFF/u, '')) ?? []).map((name) => name.trim());
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const shown = line.length > 120 ? `${line.slice(0, 120)}…` : line;
    throw new GateError(
      'INPUT_UNREADABLE',
      `${source} has no k6 CSV header: its first line is ${JSON.stringify(shown)}, which lacks ${missing.join(', ')}`,
      'Give a file that k6 wrote by `--out csv=FILE`, with its first line (metric_name,timestamp,metric_value,…) kept.',
    );
  }
  return {
    names,
    metric: names.indexOf('metric_name'),
    time: names.indexOf('timestamp'),
    value: names.indexOf('metric_value'),
    extraTags: names.indexOf('extra_tags'),
  };
}

/**
 * Tags of one record; an empty column is an absent tag. `extra_tags` are `k=v&k=v`, as k6 writes them, unescaped: a piece
 * without `=` belongs to the value before it.
 */
function csvTags(columns: CsvColumns, fields: readonly string[]): K6Tags {
  const tags: Record<string, string> = {};
  let latest: string | undefined;
  for (const pair of fields[columns.extraTags]?.split('&') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0) {
      latest = pair.slice(0, equals);
      tags[latest] = pair.slice(equals + 1);
    } else if (latest !== undefined) tags[latest] += `&${pair}`;
  }
  columns.names.forEach((name, i) => {
    const field = fields[i];
    if (field !== undefined && field !== '' && !notTags.includes(name)) tags[name] = field;
  });
  return tags;
}

/** One record of comma-separated values, RFC 4180 quoting; undefined when a quoted field doesn't end. */
export function csvFields(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/uy;
  while (field.lastIndex <= text.length) {
    const start = field.lastIndex;
    const match = field.exec(text);
    if (match === null) return undefined;
    fields.push(match[1] === undefined ? (match[2] as string) : match[1].replaceAll('""', '"'));
    if (!match[0].endsWith(',')) return start + match[0].length === text.length ? fields : undefined;
  }
  return fields;
}

/** Whether `text` ends inside a quoted field, so that the record goes on in the next line. */
function endsInsideQuotes(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}
