import type { DistantDatabase } from './distant-database.ts';
import type { RequestTimings } from './request-timings.ts';

/** Category names, kept in memory after the first use unless the cache is off. */
export class CategoryCache {
  readonly #database: DistantDatabase;
  readonly #isOff: boolean;
  readonly #names = new Map<number, string>();

  constructor(database: DistantDatabase, isOff: boolean) {
    this.#database = database;
    this.#isOff = isOff;
  }

  /** The name of a category, and whether memory had it. */
  async name(timings: RequestTimings, id: number): Promise<{ name: string; outcome: 'hit' | 'miss' }> {
    const known = this.#names.get(id);
    if (known !== undefined && !this.#isOff) return { name: known, outcome: 'hit' };
    const row = await this.#database.row(timings, 'select name from categories where id = ?', id);
    const name = String(row?.['name'] ?? '');
    this.#names.set(id, name);
    return { name, outcome: 'miss' };
  }
}
