import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionPool } from './connection-pool.ts';
import type { RequestTimings } from './request-timings.ts';
import { lognormal, type Random } from './seeded-random.ts';

/** Standard deviation of ln(round trip): the 95th percentile is 1.6 times the median. */
const ROUND_TRIP_SPREAD = 0.3;

export type Row = Record<string, string | number>;

/**
 * SQLite as if it ran on another host: each statement is really executed here, after an awaited round trip, because a
 * team's database is a network away and that is what makes one query per item slow.
 */
export class DistantDatabase {
  readonly #database: DatabaseSync;
  readonly #roundTripMs: number;
  readonly #random: Random;
  readonly #pool: ConnectionPool | undefined;
  /** The requests that hold a connection. */
  readonly #holders = new WeakSet<RequestTimings>();
  readonly #statements = new Map<string, StatementSync>();

  /** Without a `pool` there are as many connections as queries. */
  constructor(database: DatabaseSync, roundTripMs: number, random: Random, pool?: ConnectionPool) {
    this.#database = database;
    this.#roundTripMs = roundTripMs;
    this.#random = random;
    this.#pool = pool;
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

  /**
   * Takes a connection for all queries of one request, also for those that it makes at the same time; what this resolves
   * to gives it back. Waiting for the connection counts as time with the database.
   */
  async holdConnection(timings: RequestTimings): Promise<() => void> {
    const startedAt = performance.now();
    const giveBack = await this.#pool?.take();
    timings.databaseMs += performance.now() - startedAt;
    this.#holders.add(timings);
    return () => {
      this.#holders.delete(timings);
      giveBack?.();
    };
  }

  close(): void {
    this.#database.close();
  }

  async #roundTrip<T>(timings: RequestTimings, execute: () => T): Promise<T> {
    const startedAt = performance.now();
    timings.queries++;
    const pool = this.#holders.has(timings) ? undefined : this.#pool;
    const giveBack = pool === undefined ? undefined : await pool.take();
    try {
      if (this.#roundTripMs > 0) await sleep(Math.round(lognormal(this.#random, this.#roundTripMs, ROUND_TRIP_SPREAD)));
      return execute();
    } finally {
      giveBack?.();
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
