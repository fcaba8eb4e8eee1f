import type { Estimate } from '../comparison/row.ts';
import type { QuickAnswers } from '../evidence/quick-answers.ts';

/** Reasons for which an endpoint becomes slower, as far as some kind of evidence can tell them apart. */
export const causes = [
  'more-calls',
  'slow-call',
  'event-loop-blocked',
  'queueing',
  'payload-growth',
  'streaming-lost',
  'compression-lost',
  'cache-misses',
  'connection',
  'cpu-work',
  'serialization',
  'errors-and-retries',
  'lost-parallelism',
  'unknown',
] as const;

export type Cause = (typeof causes)[number];

/**
 * `shown`: the evidence has no other explanation. `likely`: it fits, and something else could look the same.
 * `contributes`: a part of the slowdown for sure; that it is most of it is not.
 */
export type Strength = 'shown' | 'likely' | 'contributes';

/** Where evidence comes from. */
export type Source = 'outside' | 'traces' | 'profiles';

/**
 * One thing that was seen, with its figures; the report words it. Names in it come from outside.
 * - `alone`, `loaded`: mean ms of the endpoint asked by itself, and under the script's load
 * - `first-byte`, `receive`: parts of `alone`
 * - `timed`: one part that the service times in `Server-Timing`, with its calls where they are counted
 * - `overlap`: ms of those parts that went on at once
 * - `bytes`, `decoded`, `items`: sizes of the answer
 * - `encoding`, `streamed`, `closes`, `hit`: share of answers that are compressed, have no length beforehand, end the
 *   connection, come from a cache
 * - `quick`: share of the measured requests that took no longer than `limitMs`
 * - `per-item`: ms for each further item
 * - `stall`: ms that a request which needs nothing waited while this one alone was being answered
 * - `canary`: mean ms of such a request under load, `idle`: without; `gap`: ms for which nothing was answered meanwhile
 * - `blocker`: the endpoint beside which it waits, and by how much longer
 * - `errors`: share of failed requests
 */
export interface Evidence {
  readonly source: Source;
  readonly kind:
    | 'alone'
    | 'loaded'
    | 'first-byte'
    | 'receive'
    | 'timed'
    | 'timed-calls'
    | 'overlap'
    | 'bytes'
    | 'decoded'
    | 'items'
    | 'encoding'
    | 'streamed'
    | 'closes'
    | 'hit'
    | 'quick'
    | 'per-item'
    | 'stall'
    | 'canary'
    | 'gap'
    | 'idle'
    | 'blocker'
    | 'errors';
  /** Part, endpoint or status that it is about. */
  readonly name?: string;
  readonly limitMs?: number;
  readonly baseline: number;
  readonly candidate: number;
  /** Pairs of requests, or stored runs, behind the figures. */
  readonly n: number;
}

/** One reason for one endpoint's slowdown. */
export interface Attribution {
  /** By its label. */
  readonly endpoint: string;
  readonly cause: Cause;
  readonly strength: Strength;
  /** What does it, where that is known: the endpoint that blocks, the part that takes longer. From outside. */
  readonly operation?: string;
  /** What the service says that it runs on, where advice depends on it. */
  readonly platform?: 'asyncio';
  /** Ms of a mean request under the measured load that go back to it. */
  readonly addedMs: Estimate;
  /** The same as a share of the slowdown, 0..1. */
  readonly share: Estimate;
  readonly evidence: readonly Evidence[];
  /** What would look the same to this evidence. */
  readonly mistakenFor: readonly Cause[];
}

/** A slowdown that has been proven, to be explained. */
export interface Slowdown {
  /** By its label. */
  readonly endpoint: string;
  /** Mean ms of a request before. */
  readonly baselineMs: number;
  /** By how much a mean request got slower under the measured load. */
  readonly addedMs: Estimate;
  /** Whether it went back while the load lasted: then it is not there any more when it is looked at. */
  readonly fades?: boolean;
  /** Where it used to be quick most of the time, and no longer is. */
  readonly lostQuick?: QuickAnswers;
}
