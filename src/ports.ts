import type { Report } from './core/report/report-model.ts';
import type { RunRecord } from './core/run-record/run-record.ts';
import type { InvalidReason } from './core/verdict/build-verdict.ts';

/** What the story in `gate.ts` needs from the world; each folder of `adapters/` implements one of these. */

/** Makes load with the user's scripts and turns what k6 says into a run record. */
export interface Measurer {
  /** Throws `GateError` for a missing script or k6; everything that happens under load is a value. */
  measure(signal: AbortSignal): Promise<Measurement>;
}

export type Measurement =
  | { readonly kind: 'measured'; readonly record: RunRecord }
  | {
      readonly kind: 'not-measured';
      readonly reason: InvalidReason;
      /** One sentence with the offending value. */
      readonly detail: string;
      /** What to change. */
      readonly hint: string;
    };

/** Keeps run records; append-only. */
export interface BaselineStore {
  /** What it is called in messages: `dir:baselines`. */
  readonly label: string;
  /** All readable records, oldest first; a damaged one is left out and named in `warnings`. */
  list(): Promise<{ readonly records: readonly RunRecord[]; readonly warnings: readonly string[] }>;
  /** Stores `record`; storing the same id again changes nothing. Throws `GateError` when it can't be written. */
  append(record: RunRecord): Promise<void>;
}

/** Where people and machines read what came out. A publisher that fails degrades to a warning. */
export interface Publisher {
  readonly label: string;
  publish(report: PublishedReport): Promise<void>;
}

/** One report, as a model for surfaces that lay it out themselves and as finished files. */
export interface PublishedReport {
  readonly report: Report;
  readonly json: string;
  readonly markdown: string;
  /** The run record as JSON; absent when nothing was measured. */
  readonly runRecord?: string;
}

/** Progress for the person who waits. Each adapter escapes for its own medium. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  debug(message: string): void;
}

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}
