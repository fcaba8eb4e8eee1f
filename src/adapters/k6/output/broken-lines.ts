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
