import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../../ports.ts';

/** Distinct messages shown in full, and how often each; scripts may log in every iteration. */
const maxDistinct = 40;
const maxRepeats = 3;

/** What stands in a list is often the same of each item. */
const maxItems = 3;

/** Whoever sent the signal knows why better than k6. */
const interrupted = /^test run was aborted because k6 received a '[^']*' signal/;

/** Lines that a wrapper of ours writes for us: behind `marker`. */
export interface LogNotes {
  readonly marker: string;
  readonly take: (text: string) => void;
}

/** Reads k6's JSON log from stderr: shows it in readable form without flooding, and counts what only the log tells. */
export class K6Log {
  /** Iterations that threw; k6 has no metric for them. */
  thrownIterations = 0;
  /** Names of the metrics whose thresholds were crossed, as k6 says at the end. */
  readonly crossedMetrics: string[] = [];
  /** Whether a threshold with `abortOnFail` ended the run. */
  endedByThreshold = false;
  #firstError: string | undefined;
  #firstThrown: string | undefined;
  readonly #log: Log;
  readonly #directory: string;
  readonly #timesShown = new Map<string, number>();
  #hidden = 0;
  #rest = '';

  readonly #notes: LogNotes | undefined;

  constructor(log: Log, directory: string, notes?: LogNotes) {
    this.#log = log;
    this.#directory = directory;
    this.#notes = notes;
  }

  /** The most telling error: what ended k6, else what the first iteration threw. */
  get message(): string | undefined {
    return this.#firstError ?? this.#firstThrown;
  }

  push(chunk: Buffer | string): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  end(): void {
    if (this.#rest !== '') this.#read(this.#rest);
    this.#rest = '';
    if (this.#hidden > 0) this.#log.info(`k6: ${this.#hidden} more lines of the log aren't shown`);
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    const entry = parseEntry(line);
    if (entry === undefined) {
      this.#show('info', line, line);
      return;
    }
    if (this.#notes !== undefined && entry.msg.startsWith(this.#notes.marker)) {
      this.#notes.take(entry.msg.slice(this.#notes.marker.length));
      return;
    }
    const text = readableMessage(entry, this.#directory);
    if (entry.level === 'error' || entry.level === 'fatal') this.#noteError(entry, text);
    if (interrupted.test(entry.msg)) this.#log.debug(`k6: ${text}`);
    else this.#show(entry.level, text, entry.source === 'console' ? text : withoutNumbers(text));
  }

  #noteError(entry: LogEntry, text: string): void {
    if (entry.source === 'stacktrace' && entry.scenario !== undefined) {
      this.thrownIterations += 1;
      this.#firstThrown ??= text;
      return;
    }
    const crossed = /^thresholds on metrics '(.*)' (?:have been|were) crossed/s.exec(entry.msg)?.[1];
    this.endedByThreshold ||= crossed !== undefined && entry.msg.includes('abortOnFail');
    if (crossed !== undefined) this.crossedMetrics.push(...crossed.split(', '));
    else if (entry.source !== 'console' && !interrupted.test(entry.msg)) this.#firstError ??= text;
  }

  #show(level: string, text: string, kind: string): void {
    const shown = this.#timesShown.get(kind) ?? 0;
    if (shown >= maxRepeats || (shown === 0 && this.#timesShown.size >= maxDistinct)) {
      this.#hidden += 1;
      return;
    }
    this.#timesShown.set(kind, shown + 1);
    if (level === 'error' || level === 'fatal' || level === 'warning') this.#log.warn(`k6: ${text}`);
    else if (level === 'debug' || level === 'trace') this.#log.debug(`k6: ${text}`);
    else this.#log.info(`k6: ${text}`);
  }
}

interface LogEntry {
  readonly level: string;
  readonly msg: string;
  readonly source?: string;
  readonly scenario?: string;
  readonly error?: string;
}

function parseEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    if (typeof value['level'] !== 'string' || typeof value['msg'] !== 'string') return undefined;
    return {
      level: value['level'],
      msg: value['msg'],
      ...(typeof value['source'] === 'string' ? { source: value['source'] } : {}),
      ...(typeof value['scenario'] === 'string' ? { scenario: value['scenario'] } : {}),
      ...(typeof value['error'] === 'string' ? { error: value['error'] } : {}),
    };
  } catch {
    return undefined;
  }
}

/**
 * One line of what k6 means: wrappings of its own taken off, the first line of a stack with the place in the script.
 * `could not load JS test 'file:///…/a.js': Line 2:1 Unexpected end of input` -> `a.js: Line 2:1 Unexpected end of input`
 */
export function readableMessage(
  entry: { readonly msg: string; readonly error?: string; readonly source?: string },
  directory: string,
): string {
  if (entry.source === 'console') return entry.msg;
  const unwrapped = entry.msg
    .replace(/^could not initialize '[^']*': /, '')
    .replace(/^could not load JS test '(file:\/\/[^']*)': (?:\1: )?/, (_, url: string) => `${url}: `)
    .replace(/ Make sure that you've specified the right path to the file\..*$/s, '');
  const first = firstSentence(unwrapped);
  const place = /\n\s+at (?:[^\n]*?\()?(file:\/\/[^\s():]+:\d+:\d+)/.exec(unwrapped)?.[1];
  const said = place === undefined || first.includes(place) ? first : `${first} (${place})`;
  const full = entry.error === undefined ? said : `${said}: ${entry.error.split('\n')[0]}`;
  return full.replace(/file:\/\/[^\s'"():]+/g, (url) => shortPath(url, directory));
}

/** A first line that announces a list says nothing without it. */
function firstSentence(text: string): string {
  const [first = '', ...others] = text.split('\n').map((line) => line.trim());
  if (!first.endsWith(':')) return first;
  const items = others.filter((line) => line !== '').map((line) => line.replace(/^- /, ''));
  return `${first} ${items.slice(0, maxItems).join('; ')}`.trim();
}

/** Part of the path of every folder that stands for one of the user's; below it lie the folders from the root on. */
export const mirrorName = 'tailgate-mirror';

function realPath(path: string): string {
  const parts = path.split(`/${mirrorName}/`);
  return parts.length > 1 ? `/${parts.at(-1)}` : path;
}

function shortPath(url: string, directory: string): string {
  const path = realPath(fileURLToPath(url));
  const shown = relative(directory, path);
  return shown.startsWith('..') || shown === '' ? path : shown;
}

/** Messages that differ in numbers and URLs only count as one kind. */
function withoutNumbers(text: string): string {
  return text.replace(/https?:\/\/\S+/g, 'URL').replace(/\d+/g, '0');
}
