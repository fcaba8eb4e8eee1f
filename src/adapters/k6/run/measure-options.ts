import type { Provenance } from '../../../core/run-record/run-record.ts';
import type { Clock, Log } from '../../../ports.ts';
import type { ReadinessCheck } from '../../target/wait-for-target.ts';
import type { K6Binary } from '../binary/k6-command.ts';
import type { ArrivalRate } from '../script/load-wrapper.ts';

/** All that measuring with k6 needs to know. */
export interface MeasureOptions {
  readonly k6: K6Binary;
  /** Paths of the scripts, relative to `directory`; they run one after another into one record. */
  readonly scripts: readonly string[];
  readonly target: {
    readonly url: string;
    /** Environment variables by which the scripts learn the address; `BASE_URL` and `TARGET_URL` unless given. */
    readonly urlVariables?: readonly string[];
  };
  /** Variables for the scripts; `{url}`, `{host}`, `{hostname}`, `{port}` and `{scheme}` in a value stand for the target's. */
  readonly env: Readonly<Record<string, string>>;
  /** Names that are passed to the scripts although they look like secrets. */
  readonly passThroughNames: readonly string[];
  readonly k6Args: readonly string[];
  readonly warmUpMs: number | 'auto';
  /** Longest judged load over all scripts; absent: as long as they run. */
  readonly timeBudgetMs?: number;
  /** Absent: 5 s, in alternating duets 10 s. */
  readonly blockLengthMs?: number;
  readonly groupBy?: string;
  /** Units of the metrics that the configuration lists, by name. */
  readonly metricUnits?: ReadonlyMap<string, string>;
  readonly name: string;
  readonly environmentLabel?: string;
  readonly provenance: Provenance;
  /** Sent to the target's host only. */
  readonly bypassHeader?: { readonly name: string; readonly value: string };
  readonly wait: ReadinessCheck;
  /** Brings the target's data into a known state; runs in a shell before each pass. */
  readonly resetCommand?: string;
  readonly durationMs?: number;
  readonly rate?: ArrivalRate;
  /** This process's environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where the scripts run, and what paths in messages are relative to. */
  readonly directory: string;
  readonly log: Log;
  readonly clock: Clock;
}
