import { LatencySketch } from '../sketch/latency-sketch.ts';
import type { InspectionSummary } from './inspection-summary.ts';
import type { Subject } from './subject.ts';

/**
 * One measured run, as kept in the baseline store and passed between jobs (`tailgate.run/2`). In memory sketches are
 * live objects; `run-record-codec.ts` turns the whole into JSON and back.
 *
 * Everything judged lies in time blocks of `blockLengthMs`; block 0 begins where the warm-up ended, so warm-up requests
 * are in no block. The statistics work on blocks and runs, never on single requests.
 */
export interface RunRecord {
  readonly schema: 'tailgate.run/2';
  /** Unique and sortable by time: ISO time of the start, then what tells two runs of one second apart. */
  readonly id: string;
  /** When the load began, ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Length of the load including the warm-up. */
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly blockLengthMs: number;
  /**
   * `closed`: virtual users who wait for their answers, in at least one scenario, so that a slow target gets fewer requests.
   * `open`: arrival rates only. Absent: unknown.
   */
  readonly loadModel?: LoadModel;
  readonly fingerprint: Fingerprint;
  readonly provenance: Provenance;
  readonly endpoints: readonly EndpointSeries[];
  readonly checks: readonly CheckSeries[];
  /** Series other than HTTP and gRPC requests: custom `Trend` and `Rate`, web vitals, WebSocket, iteration duration. */
  readonly metrics: readonly MetricSeries[];
  /** Requests in no block, so that counts agree with k6's own; absent in files that did not say. */
  readonly requestsOutsideBlocks?: { readonly warmUp: number; readonly setupAndTeardown: number };
  readonly iterations: number;
  readonly droppedIterations: number;
  /** By the whole load, warm-up and headers included; absent where it is unknown. */
  readonly bytesReceived?: number;
  readonly exit: RunExit;
  readonly generator: GeneratorLoad;
  readonly warnings: readonly string[];
  /** What a look from outside showed after the load; absent where nobody looked. */
  readonly inspection?: InspectionSummary;
  /** Set when the run was judged red on the default branch: visible in the store, outside the comparison window. */
  readonly quarantined?: { readonly reason: string };
  /** Set when the change of this run was merged with a slowdown that somebody had accepted. */
  readonly accepted?: RecordedAcceptance;
}

export type LoadModel = 'open' | 'closed';

/** A known slowdown: who took it, why, and until when it counts. */
export interface RecordedAcceptance {
  /** Login of who set the label. */
  readonly by: string;
  readonly reason: string;
  /** Last day on which it counts, ISO date. */
  readonly until: string;
  readonly pullRequest: number;
  readonly figures: readonly AcceptedFigure[];
}

/** How much worse one metric may be than the baseline of that time: relative (0.3 = 30 %), for rates in fractions. */
export interface AcceptedFigure {
  readonly subject: Subject;
  readonly metric: string;
  readonly relativeChange: number;
}

/**
 * What must agree for two runs to be comparable (hard keys) and what is only reported when it differs (soft keys).
 * An absent key is unknown: it matches everything, with one warning.
 */
export interface Fingerprint {
  readonly hard: {
    readonly name?: string;
    readonly environment?: string;
    /** Load model with rate or VUs, one line per scenario, such as `browse: constant-arrival-rate 50/1s for 1m`. */
    readonly load?: string;
    /** How samples left k6: runs with and without streaming differ in their tail. */
    readonly outputMode?: string;
    readonly k6Major?: string;
  };
  readonly soft: {
    readonly k6Version?: string;
    readonly scriptHash?: string;
    readonly cpu?: string;
    readonly cores?: string;
    readonly image?: string;
    readonly region?: string;
  };
}

/** Where a run came from: the commit, the workflow run, and for duets and repeats its place among the others. */
export interface Provenance {
  readonly commit?: string;
  readonly branch?: string;
  readonly tree?: string;
  readonly workflowRun?: { readonly id: string; readonly attempt: number; readonly url?: string };
  /** What was measured: two runs of one deployment share its luck. */
  readonly deployment?: string;
  /** The machine that made the load. */
  readonly machine?: string;
  readonly pair?: {
    readonly id: string;
    readonly side: 'baseline' | 'candidate';
    readonly order: number;
    /** Somebody measured the same code on both sides on purpose. */
    readonly isEqualCode?: true;
  };
  /** Source file of an imported run. */
  readonly source?: string;
}

/** Requests of one endpoint; `blocks` is ascending by index and may have gaps. */
export interface EndpointSeries {
  /**
   * The label for people, unique within the record: `GET /items/:id`, with ` [scenario]` or ` [script]` where needed. The
   * identity is the fields that follow: `labelTogether` matches runs by it.
   */
  readonly endpoint: string;
  readonly protocol: 'http' | 'grpc';
  readonly method: string;
  readonly name: string;
  readonly scenario?: string;
  readonly script?: string;
  /** Host of the URLs, where nobody said which hosts are the target's. */
  readonly host?: string;
  /** Set when the requests went to another host than the target's: such an endpoint is never compared. */
  readonly otherHost?: string;
  /** Requests by outcome after the warm-up: an HTTP or gRPC status, or `error 1212` for a request without an answer. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly blocks: readonly EndpointBlock[];
  /** Kept where (nearly) no response was an expected one: the answers of the commonest status that may be meant. */
  readonly usualAnswers?: UsualAnswers;
}

/** Answers that k6 counts as failed and that the script may be after, such as 401 to a wrong password. */
export interface UsualAnswers {
  readonly status: string;
  /** Latencies in ms; `index` is that of a block of the endpoint, which counts these requests as failed. */
  readonly blocks: readonly { readonly index: number; readonly latency: LatencySketch }[];
}

/** One endpoint in one time block: latencies of expected responses in ms, and the number of failed requests. */
export interface EndpointBlock {
  readonly index: number;
  readonly latency: LatencySketch;
  readonly failedRequests: number;
}

export interface CheckSeries {
  readonly check: string;
  readonly blocks: readonly RateBlock[];
}

export interface RateBlock {
  readonly index: number;
  readonly total: number;
  /** How many of `total` were bad: failed checks, or zero values of a custom `Rate`. */
  readonly failed: number;
}

export type MetricSeries =
  | {
      readonly metric: string;
      readonly kind: 'trend';
      readonly unit: 'ms' | '';
      readonly blocks: readonly { readonly index: number; readonly values: LatencySketch }[];
    }
  | { readonly metric: string; readonly kind: 'rate'; readonly blocks: readonly RateBlock[] };

/**
 * How the run ended, by classes of k6's exit codes:
 * `ran` (data complete), `aborted` (data cut short), `could-not-run` (no usable data).
 */
export interface RunExit {
  readonly class: 'ran' | 'aborted' | 'could-not-run';
  /** k6's exit code; absent for imported files and when a signal ended it. */
  readonly code?: number;
  readonly signal?: string;
  /** k6's own thresholds that were crossed, as `metric: expression`. */
  readonly crossedThresholds: readonly string[];
  /** Those that held; of an imported file all that it names, since it doesn't tell what became of them. */
  readonly otherThresholds?: readonly string[];
  /** Iterations that threw; k6 itself exits 0 on them. */
  readonly thrownIterations: number;
  /** First line of the most telling error that k6 logged. */
  readonly message?: string;
}

/** How hard the load generator itself worked; absent figures are unknown (imported files). */
export interface GeneratorLoad {
  /** Highest share of all cores that k6 used in any 5 s (0..1). */
  readonly peakCpuShare?: number;
  /** 95th percentile of how late iterations started in the worst 5 s, open model only. */
  readonly startLatenessMs?: number;
  /** How far the newest sample trailed the clock at worst. */
  readonly readerLagMs?: number;
}

/** All expected-response latencies of an endpoint in one sketch. */
export function latenciesOf(series: EndpointSeries): LatencySketch {
  return LatencySketch.merged(series.blocks.map((block) => block.latency));
}

/** The same of every endpoint of a run, by its name. */
export function latenciesByEndpoint(record: RunRecord): Map<string, LatencySketch> {
  return new Map(record.endpoints.map((series) => [series.endpoint, latenciesOf(series)]));
}

/** All after the warm-up, whose blocks a record doesn't hold. */
export function failedRequestsOf(series: EndpointSeries): number {
  return series.blocks.reduce((sum, block) => sum + block.failedRequests, 0);
}

/** Requests of an endpoint after the warm-up, failed ones included. */
export function requestsOf(series: EndpointSeries): number {
  return series.blocks.reduce((sum, block) => sum + block.latency.count + block.failedRequests, 0);
}

/** Sorts runs: oldest first, those of one instant by their id. */
export function byStart(a: RunRecord, b: RunRecord): number {
  return a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Both sides of one duet. */
export interface TwoSidedRun {
  readonly baseline: RunRecord;
  readonly candidate: RunRecord;
}

/** The duets among `records` of which both sides are there, in the order in which their first side comes. */
export function twoSidedRuns(records: readonly RunRecord[]): TwoSidedRun[] {
  const duets = new Map<string, Partial<TwoSidedRun>>();
  for (const record of records) {
    const { pair } = record.provenance;
    if (pair !== undefined) duets.set(pair.id, { ...duets.get(pair.id), [pair.side]: record });
  }
  return [...duets.values()].flatMap(({ baseline, candidate }) =>
    baseline && candidate ? [{ baseline, candidate }] : [],
  );
}

/** What stands in place of a pull request's number where a slowdown was accepted without one. */
export const noPullRequest = 0;

/** Where somebody accepted a slowdown, as a part of a sentence: `in pull request 7`, `on the command line`. */
export function acceptedWhere({ pullRequest }: { readonly pullRequest: number }): string {
  return pullRequest === noPullRequest ? 'on the command line' : `in pull request ${pullRequest}`;
}
