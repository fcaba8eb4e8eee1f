import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestTimings } from './request-timings.ts';
import { lognormal, type Random } from './seeded-random.ts';

/** Standard deviation of ln(round trip): the 95th percentile is 1.6 times the median. */
const ROUND_TRIP_SPREAD = 0.3;

type Row = Record<string, string | number>;

/**
 * SQLite as if it ran on another host: each statement is really executed here, after an awaited round trip, because a
 * team's database is a network away and that is what makes one query per item slow.
 */
export class DistantDatabase {
  readonly #database: DatabaseSync;
  readonly #roundTripMs: number;
  readonly #random: Random;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, roundTripMs: number, random: Random) {
    this.#database = database;
    this.#roundTripMs = roundTripMs;
    this.#random = random;
  }

  /** All rows of a query, in one round trip. */
  rows(timings: RequestTimings, sql: string, ...values: SQLInputValue[]): Promise<Row[]> {
    return this.#roundTrip(timings, () => this.#statement(sql).all(...values) as Row[]);
  }

  /** The first row of a query, if any, in one round trip. */
  row(timings: RequestTimings, sql: string, ...values: SQLInputValue[]): Promise<Row | undefined> {
    return this.#roundTrip(timings, () => this.#statement(sql).get(...values) as Row | undefined);
  }

  /** Runs one statement that writes, in one round trip; answers with the key of the inserted row. */
  write(timings: RequestTimings, sql: string, ...values: SQLInputValue[]): Promise<number> {
    return this.#roundTrip(timings, () => Number(this.#statement(sql).run(...values).lastInsertRowid));
  }

  /** Runs several statements as one transaction sent in one round trip; `work` must not wait for anything. */
  transaction<T>(
    timings: RequestTimings,
    work: (run: (sql: string, ...values: SQLInputValue[]) => number) => T,
  ): Promise<T> {
    return this.#roundTrip(timings, () => {
      this.#database.exec('begin');
      try {
        const result = work((sql, ...values) => Number(this.#statement(sql).run(...values).lastInsertRowid));
        this.#database.exec('commit');
        return result;
      } catch (error) {
        this.#database.exec('rollback');
        throw error;
      }
    });
  }

  close(): void {
    this.#database.close();
  }

  async #roundTrip<T>(timings: RequestTimings, execute: () => T): Promise<T> {
    const startedAt = performance.now();
    timings.queries++;
    try {
      if (this.#roundTripMs > 0) await sleep(Math.round(lognormal(this.#random, this.#roundTripMs, ROUND_TRIP_SPREAD)));
      return execute();
    } finally {
      timings.databaseMs += performance.now() - startedAt;
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
