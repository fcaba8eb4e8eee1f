/** Counts oddities in measured data by kind and keeps the first example of each, so that a million make one warning. */
export class AnomalyLog {
  readonly #kept = new Map<string, Oddity>();
  readonly #leftOut = new Map<string, Oddity>();

  /** Something odd, of which the data were used all the same. `kind` completes the sentence "1 …", or "3 …". */
  note(kind: { readonly one: string; readonly many: string }, example: string): void {
    count(this.#kept, kind.many, example, kind.one);
  }

  /** Data that could not be used. `kind` says of what and why: `requests with an impossible duration`. */
  noteLeftOut(kind: string, example: string): void {
    count(this.#leftOut, `${kind} were left out`, example);
  }

  warnings(): string[] {
    return [...this.leftOut(), ...sentences(this.#kept)];
  }

  /** Those of the warnings that tell of data that could not be used. */
  leftOut(): string[] {
    return sentences(this.#leftOut);
  }
}

interface Oddity {
  count: number;
  readonly example: string;
  readonly one: string;
}

function count(seen: Map<string, Oddity>, kind: string, example: string, one = kind): void {
  const known = seen.get(kind);
  if (known === undefined) seen.set(kind, { count: 1, example, one });
  else known.count++;
}

function sentences(seen: ReadonlyMap<string, Oddity>): string[] {
  return [...seen].map(([kind, { count: times, example, one }]) =>
    times === 1 ? `1 ${one}; the first: ${example}` : `${times} ${kind}; the first: ${example}`,
  );
}
