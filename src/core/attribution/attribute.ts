import type { ComparisonResult } from '../comparison/comparison-result.ts';
import { isOfLatency, type Row } from '../comparison/row.ts';
import { contrastOfRuns, estimateOf } from '../evidence/outside/contrast.ts';
import type { OutsideEvidence } from '../evidence/outside/inspection.ts';
import { lostQuickAnswers } from '../evidence/quick-answers.ts';
import { latenciesByEndpoint, type RunRecord } from '../run-record/run-record.ts';
import { isSameSubject, subjectLabel } from '../run-record/subject.ts';
import { LatencySketch } from '../sketch/latency-sketch.ts';
import { mean } from '../stats/sample-moments.ts';
import type { Attribution, Evidence, Slowdown } from './cause.ts';
import { evidenceOf, Seen } from './explain-alone.ts';
import { explainEndpoint } from './explain-endpoint.ts';

/** What was measured on both sides, for the ms that are to be explained. */
export interface MeasuredSides {
  readonly mode: 'stored' | 'duet';
  /** In a duet one run. */
  readonly window: readonly RunRecord[];
  readonly record: RunRecord;
}

/** More endpoints than this are not looked at: the worst ones are worth the time. */
export const maxInspected = 3;

/**
 * Why did the endpoints fail that did? One entry a cause and endpoint, best first within the endpoint; an endpoint of which
 * nothing can be said is `unknown`. Nothing here changes a verdict.
 */
export function attribute(
  { comparisons }: Pick<ComparisonResult, 'comparisons'>,
  endpoints: readonly string[],
  sides: MeasuredSides,
  seen: OutsideEvidence,
): Attribution[] {
  const found = endpoints.flatMap((endpoint) => {
    const slowdown = slowdownOf(endpoint, sides);
    const failures = failuresOf(endpoint, comparisons);
    const isAsyncio = seen.endpoints.get(endpoint)?.contrasts.has('asyncio') === true;
    const latency = (slowdown === undefined ? [] : explainEndpoint(slowdown, seen)).map(
      (one): Attribution => (isAsyncio ? { ...one, platform: 'asyncio' } : one),
    );
    // Failing requests come before slow ones, here as everywhere.
    return failures === undefined ? latency : [failures, ...latency];
  });
  // Nobody asks why an endpoint is slow that isn't called slow, unless all together are.
  const told = found.filter(({ endpoint, cause }) => cause !== 'unknown' || isCalledSlow(endpoint, comparisons));
  return [...withSharedWork(told), ...connectionCauses(comparisons, seen)];
}

function isCalledSlow(endpoint: string, rows: readonly Row[]): boolean {
  return rows.some(
    ({ verdict, subject, family }) =>
      verdict === 'regressed' &&
      isOfLatency(family) &&
      (subject.kind === 'all-endpoints' || (subject.kind === 'endpoint' && subject.name === endpoint)),
  );
}

/** Where several endpoints keep others waiting each by itself, all may compute more, which is another reason. */
function withSharedWork(found: readonly Attribution[]): Attribution[] {
  const blocking = found.filter(({ cause, operation }) => cause === 'event-loop-blocked' && operation === undefined);
  if (blocking.length < 2) return [...found];
  return found.map((one) =>
    blocking.includes(one) && one.strength === 'shown' ? { ...one, strength: 'likely' } : one,
  );
}

/** By how many ms a mean request of `endpoint` got slower; undefined where one side has no requests to it. */
function slowdownOf(endpoint: string, { mode, window, record }: MeasuredSides): Slowdown | undefined {
  const after = latenciesByEndpoint(record).get(endpoint);
  if (after === undefined || after.count === 0) return undefined;
  const before = window.flatMap((run) => latenciesByEndpoint(run).get(endpoint) ?? []).filter(({ count }) => count > 0);
  const lostQuick = lostQuickAnswers(LatencySketch.merged(before), after);
  const slowdown =
    mode === 'duet'
      ? window[0] && slowdownInPairs(endpoint, window[0], record)
      : slowdownOfRuns(endpoint, before, after);
  return slowdown && { ...slowdown, ...(lostQuick && { lostQuick }) };
}

function slowdownOfRuns(
  endpoint: string,
  before: readonly LatencySketch[],
  after: LatencySketch,
): Slowdown | undefined {
  const means = before.map((run) => ({ ms: run.mean }));
  const contrast = contrastOfRuns(means, { ms: after.mean }).get('ms');
  return contrast && { endpoint, baselineMs: contrast.baseline, addedMs: contrast.added };
}

/** A second half that lost half of the slowdown of the first says that it goes away by itself. */
const fadesTo = 0.5;

function slowdownInPairs(endpoint: string, baseline: RunRecord, candidate: RunRecord): Slowdown | undefined {
  const before = blockMeans(baseline, endpoint);
  const pairs = [...blockMeans(candidate, endpoint)].flatMap(([index, after]) => {
    const earlier = before.get(index);
    return earlier === undefined ? [] : [{ before: earlier, added: after - earlier }];
  });
  if (pairs.length < 3) return undefined;
  const added = pairs.map((pair) => pair.added);
  const half = Math.floor(added.length / 2);
  const [first, second] = [mean(added.slice(0, half)), mean(added.slice(half))];
  const fades = added.length >= 8 && first > 0 && second < fadesTo * first;
  return {
    endpoint,
    baselineMs: mean(pairs.map((pair) => pair.before)),
    addedMs: estimateOf(added),
    ...(fades && { fades }),
  };
}

function blockMeans(record: RunRecord, endpoint: string): Map<number, number> {
  const series = record.endpoints.find((one) => one.endpoint === endpoint);
  return new Map(
    (series?.blocks ?? []).flatMap(({ index, latency }) =>
      latency.count === 0 ? [] : [[index, latency.mean] as const],
    ),
  );
}

/** More errors are a reason by themselves: what the service does about them, only it knows. */
function failuresOf(endpoint: string, rows: readonly Row[]): Attribution | undefined {
  const subject = { kind: 'endpoint', name: endpoint } as const;
  const row = rows.find(
    (one) => one.family === 'errors' && one.verdict === 'regressed' && isSameSubject(one.subject, subject),
  );
  if (row?.baseline === undefined || row.candidate === undefined || row.relativeChange === undefined) return undefined;
  const evidence: Evidence = {
    source: 'outside',
    kind: 'errors',
    baseline: row.baseline.point,
    candidate: row.candidate.point,
    n: row.candidate.n,
  };
  return {
    ...{ endpoint, cause: 'errors-and-retries', strength: 'shown' },
    // How much of a slowdown they are, nobody knows: failing may be quicker than succeeding.
    addedMs: { point: 0, interval: [0, 0], level: 0.95, n: row.candidate.n },
    share: { point: 0, interval: [0, 1], level: 0.95, n: row.candidate.n },
    ...{ evidence: [evidence], mistakenFor: [] },
  };
}

/** Times that k6 keeps beside `http_req_duration`, which leaves them out. */
const connectionMetrics = /^http_req_(?:blocked|connecting|tls_handshaking)$/;

/** A listed metric of connecting got worse: do answers end their connections now? */
function connectionCauses(rows: readonly Row[], seen: OutsideEvidence): Attribution[] {
  const row = rows.find(
    ({ subject, verdict }) =>
      verdict === 'regressed' && subject.kind === 'metric' && connectionMetrics.test(subject.name),
  );
  if (row?.baseline === undefined || row.candidate === undefined) return [];
  const found = [...seen.endpoints.values()].flatMap((evidence) => {
    const about = new Seen(evidence, seen.unit);
    const closes = about.of('closes');
    return about.differs(closes) ? [{ closes, strength: about.surenessOf(closes) }] : [];
  });
  const [worst] = found.toSorted((a, b) => b.closes.added.point - a.closes.added.point);
  if (worst === undefined || worst.closes.added.point < 0.5) return [];
  const { closes, strength } = worst;
  const n = closes.added.n;
  const point = row.candidate.point - row.baseline.point;
  const [low, high] = [
    row.candidate.interval[0] - row.baseline.interval[1],
    row.candidate.interval[1] - row.baseline.interval[0],
  ];
  return [
    {
      ...{ endpoint: subjectLabel(row.subject), cause: 'connection', strength },
      addedMs: { point, interval: [low, high], level: 0.95, n },
      share: { point: 1, interval: [0, 1], level: 0.95, n },
      ...{ evidence: evidenceOf('closes', closes), mistakenFor: [] },
    },
  ];
}
