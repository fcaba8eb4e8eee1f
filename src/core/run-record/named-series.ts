import { cleanName } from './display-name.ts';

/** Name of the series that takes what goes beyond the limit. */
export const otherName = 'other';

/** How many spellings are remembered before the memory is emptied: distinct names must not cost memory for ever. */
export const mostRememberedNames = 20_000;

/** One `T` per cleaned name, at most `limit` of them; later names share one called `other`. */
export class NamedSeries<T> {
  readonly #create: () => T;
  readonly #limit: number;
  readonly #byName = new Map<string, T>();
  readonly #bySpelling = new Map<string, T>();
  #overflow: T | undefined;

  constructor(limit: number, create: () => T) {
    this.#limit = limit;
    this.#create = create;
  }

  get hasOverflow(): boolean {
    return this.#overflow !== undefined;
  }

  get(spelling: string): T {
    const known = this.#bySpelling.get(spelling);
    if (known !== undefined) return known;
    const series = this.#find(cleanName(spelling));
    if (this.#bySpelling.size >= mostRememberedNames) this.#bySpelling.clear();
    this.#bySpelling.set(spelling, series);
    return series;
  }

  /** In alphabetical order, `other` last. */
  entries(): [name: string, series: T][] {
    const entries = [...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1));
    return this.#overflow === undefined ? entries : [...entries, [otherName, this.#overflow]];
  }

  #find(name: string): T {
    let series = this.#byName.get(name);
    if (series !== undefined) return series;
    if (this.#byName.size >= this.#limit) {
      this.#overflow ??= this.#create();
      return this.#overflow;
    }
    series = this.#create();
    this.#byName.set(name, series);
    return series;
  }
}
