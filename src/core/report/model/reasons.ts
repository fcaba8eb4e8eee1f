import { type Advice, adviceOn } from '../../attribution/advice.ts';
import type { Opportunity } from '../../attribution/audit.ts';
import type { Attribution, Cause, Evidence, Strength } from '../../attribution/cause.ts';
import type { Danger } from '../../attribution/dangers.ts';
import { nameInSentence } from '../escape.ts';
import { formatIntervalIn, formatMs, formatShare, formatSpan, formatWait, formatWhole } from '../format-quantity.ts';

/** Why one endpoint is slower, worded. Names in it come from outside and are raw. */
export interface Reason {
  readonly attribution: Attribution;
  readonly endpoint: string;
  /** The cause as people read it: `more calls than before`. */
  readonly title: string;
  /** How sure it is, in one or two words. */
  readonly certainty: string;
  /** How much of the slowdown it is; empty where that isn't known. */
  readonly extent: string;
  /** What a fix would give back: `a fix gives users back 25 min in each hour of this load`; empty where that isn't known. */
  readonly givesBack: string;
  /** What was seen, each with its figures. */
  readonly seen: readonly string[];
  /** What would look the same; empty where nothing would. */
  readonly mistakenFor: string;
  readonly advice: Advice;
}

const titles: Readonly<Record<Cause, string>> = {
  'more-calls': 'more calls than before',
  'slow-call': 'a slower query or dependency',
  'event-loop-blocked': 'a blocked event loop',
  queueing: 'requests wait for one another',
  'payload-growth': 'larger answers',
  'streaming-lost': 'answers no longer streamed',
  'compression-lost': 'answers no longer compressed',
  'cache-misses': 'a cache that no longer answers',
  connection: 'connections made anew',
  'cpu-work': 'more computing',
  serialization: 'more work to turn data into text',
  'errors-and-retries': 'failing requests',
  'lost-parallelism': 'calls one after the other that ran at once',
  unknown: 'unknown',
};

/** The cause as people read it. */
export function causeTitle(cause: Cause): string {
  return titles[cause];
}

const certainties: Readonly<Record<Strength, string>> = {
  shown: 'shown',
  likely: 'likely',
  contributes: 'contributes',
};

/** Reasons that are all or nothing. */
const withoutExtent: ReadonlySet<Cause> = new Set(['unknown', 'connection', 'errors-and-retries']);

/** A fix that gives back less than this share of what the best one does can wait. */
const lowImpactShare = 0.02;

/**
 * `attributions` worded, in their order; endpoints that give hardly any time back come last. `requestsPerHour` are those of
 * the measured load, times what the endpoint weighs.
 */
export function reasonsOf(
  attributions: readonly Attribution[],
  requestsPerHour: ReadonlyMap<string, number> = new Map(),
): Reason[] {
  const savedMs = ({ endpoint, cause, addedMs }: Attribution) =>
    cause === 'unknown' ? 0 : Math.max(0, addedMs.point) * (requestsPerHour.get(endpoint) ?? 0);
  const byEndpoint = [...Map.groupBy(attributions, ({ endpoint }) => endpoint).values()].map((own) => ({
    own,
    savedMs: own.reduce((sum, one) => sum + savedMs(one), 0),
  }));
  const worstMs = Math.max(0, ...byEndpoint.map((one) => one.savedMs));
  // What gives no time back, such as failing requests, keeps its place.
  const canWait = (one: (typeof byEndpoint)[number]) => one.savedMs > 0 && one.savedMs < lowImpactShare * worstMs;
  const ordered = [...byEndpoint.filter((one) => !canWait(one)), ...byEndpoint.filter(canWait)].flatMap(
    ({ own }) => own,
  );
  return ordered.map((attribution) => {
    const { endpoint, cause, strength, share, operation, evidence, mistakenFor } = attribution;
    const isMeasured = !withoutExtent.has(cause) && attribution.addedMs.point > 0;
    const by =
      operation === undefined || cause === 'more-calls' || cause === 'slow-call'
        ? ''
        : ` by ${nameInSentence(operation)}`;
    return {
      attribution,
      endpoint,
      title: `${titles[cause]}${by}`,
      certainty: cause === 'unknown' ? '' : certainties[strength],
      extent: isMeasured ? `${formatShare(share.point)} of the slowdown (${shareInterval(share.interval)})` : '',
      givesBack:
        isMeasured && savedMs(attribution) >= 1_000
          ? `a fix gives users back ${formatWait(savedMs(attribution))} in each hour of this load`
          : '',
      seen: evidence.map(evidenceText),
      mistakenFor: mistakenFor.map((other) => titles[other]).join(', '),
      advice: adviceOn(attribution),
    };
  });
}

function shareInterval(interval: readonly [number, number]): string {
  return formatIntervalIn('metrics', interval).replaceAll('+', '');
}

/** `more calls than before (shown): db 2 → 22 calls, 17 → 186 ms; 94 % of the slowdown (88 to 100 %)`. */
export function reasonSentence({ title, certainty, extent, givesBack, seen }: Reason): string {
  const sure = certainty === '' ? '' : ` (${certainty})`;
  const facts = seen.slice(0, maxShortEvidence).join(', ');
  const tail = [facts, extent, givesBack].filter((text) => text !== '').join('; ');
  return `${title}${sure}${tail === '' ? '' : `: ${tail}`}`;
}

/** In one line more figures than this are not read. */
const maxShortEvidence = 3;

/** One thing that was seen, with its figures. */
export function evidenceText({ kind, name, limitMs = 0, baseline, candidate }: Evidence): string {
  const ms = formatSpan(baseline, candidate);
  const part = nameInSentence(name ?? '');
  const share = `${formatShare(baseline)} → ${formatShare(candidate)}`;
  switch (kind) {
    case 'alone':
      return `asked alone ${ms}`;
    case 'loaded':
      return `under load ${ms}`;
    case 'first-byte':
      return `first byte after ${ms}`;
    case 'receive':
      return `received in ${ms}`;
    case 'timed':
      return `${part} takes ${ms}`;
    case 'timed-calls':
      return `${part} ${formatPlain(baseline)} → ${formatPlain(candidate)} calls a request`;
    case 'overlap':
      return `calls at the same time ${ms}`;
    case 'bytes':
      return `${formatBytes(baseline)} → ${formatBytes(candidate)} sent`;
    case 'decoded':
      return `answers of ${formatBytes(baseline)} → ${formatBytes(candidate)}`;
    case 'items':
      return `${formatPlain(baseline)} → ${formatPlain(candidate)} items`;
    case 'encoding':
      return `compressed: ${share} of answers`;
    case 'streamed':
      return `sent without a length: ${share} of answers`;
    case 'closes':
      return `connection closed after: ${share} of answers`;
    case 'hit':
      return `cache hits ${share}`;
    case 'quick':
      return `answered within ${formatMs(limitMs)}: ${share} of the measured requests`;
    case 'per-item':
      return `each further item costs ${ms}`;
    case 'stall':
      return `meanwhile a request that needs nothing waits ${ms}`;
    case 'canary':
      return `under load a request that needs nothing takes ${ms}`;
    case 'gap':
      return `meanwhile nothing is answered for ${ms}`;
    case 'idle':
      return `without load a request that needs nothing takes ${ms}`;
    case 'blocker':
      return `beside ${part} it waits ${formatMs(candidate)} longer`;
    case 'errors':
      return `failed requests ${share}`;
  }
}

function formatPlain(value: number): string {
  return value >= 100 ? formatWhole(Math.round(value)) : String(Number(value.toFixed(1)));
}

/** `840 B`, `12.3 kB`, `1.2 MB`. */
function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${Number((bytes / 1_000).toPrecision(3))} kB`;
  return `${Number((bytes / 1_000_000).toPrecision(3))} MB`;
}

/** What may hurt users, as a warning. */
export function dangerText({ endpoint, kind, seen, of, header }: Danger): string {
  const name = nameInSentence(endpoint);
  if (kind === 'stale-after-write')
    return `${name} answers with old data after a write (${seen} of ${of} times): a cache isn't cleared`;
  const why = header === undefined ? '' : ` (Cache-Control: ${nameInSentence(header)})`;
  return `${name} answers requests that carry credentials, and shared caches may keep the answers${why}: one user could get another one's. Say private or no-store; whatever speed it brings is no gain`;
}

/** What could be faster in a service that did not change, in a sentence. */
export function opportunityText({ endpoint, kind, savesMs, value, part = '' }: Opportunity): string {
  const name = nameInSentence(endpoint);
  const saves = `about ${formatMs(savesMs)} a request`;
  switch (kind) {
    case 'repeated-calls':
      return `${name} makes ${formatPlain(value)} calls to ${nameInSentence(part)} for one answer: loaded together, ${saves} less.`;
    case 'slow-part':
      return `${name} waits ${formatMs(value)} for ${nameInSentence(part)}: look there first.`;
    case 'unbounded-list':
      return `${name} answers with ${value >= 10_000 ? formatBytes(value) : `${formatPlain(value)} items`} at once: in pages, ${saves} less.`;
    case 'blocks-others':
      return `${name} keeps all other requests waiting for ${formatMs(value)}: in a worker, ${saves} less for them.`;
    case 'nobody-may-keep':
      return `${name} gives the same answer each time, and no client or cache may keep it: Cache-Control or an ETag would save ${saves}.`;
    case 'never-compressed':
      return `${name} sends ${formatBytes(value)} of text as it is to clients that take it packed: ${saves} less, and more on slow networks.`;
  }
}

/** What is left of each endpoint's slowdown, as a share; empty where the causes explain all but a twentieth. */
export function uncovered(reasons: readonly Reason[]): ReadonlyMap<string, number> {
  const byEndpoint = Map.groupBy(
    reasons.filter(({ attribution }) => attribution.cause !== 'unknown' && attribution.addedMs.point > 0),
    ({ endpoint }) => endpoint,
  );
  return new Map(
    [...byEndpoint].flatMap(([endpoint, all]) => {
      const left = 1 - all.reduce((sum, { attribution }) => sum + attribution.share.point, 0);
      return left < 0.05 ? [] : [[endpoint, left] as const];
    }),
  );
}
