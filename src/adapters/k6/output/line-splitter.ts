/** A line longer than this is no line of k6's. */
const longestLine = 4 * 1024 * 1024;

const newline = 10;

/** Cuts a stream of chunks into runs of whole lines. The chunk may be reused by the caller after `push` returns. */
export class LineSplitter {
  readonly #onLines: (lines: Buffer) => void;
  #rest: Buffer[] = [];
  #restLength = 0;

  /** `onLines` gets one or more whole lines, the last byte being a newline (except at the end of the stream). */
  constructor(onLines: (lines: Buffer) => void) {
    this.#onLines = onLines;
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#restLength > 0) {
      const end = chunk.indexOf(newline);
      if (end < 0) {
        this.#keep(chunk);
        return;
      }
      start = end + 1;
      this.#flush(chunk.subarray(0, start));
    }
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > start) this.#onLines(chunk.subarray(start, end));
    if (end < chunk.length) this.#keep(chunk.subarray(Math.max(start, end)));
  }

  /** Hands on what follows the last newline. */
  end(): void {
    if (this.#restLength > 0) this.#flush(Buffer.alloc(0));
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rest.push(Buffer.from(bytes));
    this.#restLength += bytes.length;
    if (this.#restLength > longestLine) this.#flush(Buffer.alloc(0));
  }

  #flush(tail: Buffer): void {
    const lines = Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restLength = 0;
    this.#onLines(lines);
  }
}

/** Counts lines that could not be read and remembers the first. */
export class BrokenLines {
  readonly #what: string;
  #first: { readonly line: number; readonly excerpt: string } | undefined;
  count = 0;

  /** `what` completes "3 broken …": `lines of k6's JSON`. */
  constructor(what: string) {
    this.#what = what;
  }

  add(line: number, text: string): void {
    this.count++;
    this.#first ??= { line, excerpt: text.length > 120 ? `${text.slice(0, 120)}…` : text };
  }

  warnings(): string[] {
    if (this.#first === undefined) return [];
    const { line, excerpt } = this.#first;
    return [`${this.count} broken ${this.#what} left out; the first is line ${line}: ${JSON.stringify(excerpt)}`];
  }
}
