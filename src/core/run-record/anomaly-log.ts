/** Counts oddities in measured data by kind and keeps the first example of each, so that a million make one warning. */
export class AnomalyLog {
  readonly #seen = new Map<string, { count: number; readonly example: string }>();

  /** `kind` completes the sentence "3 samples …", such as `with a negative duration were left out`. */
  note(kind: string, example: string): void {
    const known = this.#seen.get(kind);
    if (known === undefined) this.#seen.set(kind, { count: 1, example });
    else known.count++;
  }

  warnings(): string[] {
    return [...this.#seen].map(([kind, { count, example }]) => `${count} ${kind}; the first: ${example}`);
  }
}
