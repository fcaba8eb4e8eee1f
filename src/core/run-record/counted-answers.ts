import { LatencySketch } from '../sketch/latency-sketch.ts';
import { type EndpointSeries, failedRequestsOf, latenciesOf, requestsOf, type UsualAnswers } from './run-record.ts';

/**
 * Which answers count as expected is k6's to say, but for two kinds that only both sides together show.
 *
 * Some endpoints are called to be refused: a login with a wrong password answers 401, a missing page 404, a second booking
 * 409. k6 counts such answers as failed unless the script says otherwise. Where (nearly) all answers of both sides have one
 * such status, it is what the endpoint usually answers: the latency of these answers is judged, and every other answer
 * counts as failed.
 *
 * And an endpoint of the candidate may redirect to itself, or to one that redirects back. k6 follows ten times, then takes
 * the last redirect for a fast success; there is no error code. Such an endpoint has failed.
 */

/** From this share of the requests on, a status is what the endpoint usually answers. */
const usualShare = 0.95;

/** A status with fewer of the requests than this is not kept. */
const minKeptShare = 0.05;

/** A status that the target can be meant to give: no failure of its own, no rate limit, no timeout. */
export function canBeUsual(protocol: EndpointSeries['protocol'], status: string): boolean {
  return protocol === 'grpc'
    ? /^(?:[35679]|11|16)$/.test(status)
    : /^[234]\d\d$/.test(status) && !/^4(?:08|29)$/.test(status);
}

/** Latencies of unexpected answers of one endpoint: per time block, by status. */
export interface UnexpectedBlock {
  readonly index: number;
  readonly byStatus: ReadonlyMap<string, LatencySketch>;
}

/** The commonest unexpected status, where (nearly) no answer was expected; undefined where a record needs none. */
export function usualAnswersOf(
  blocks: readonly UnexpectedBlock[],
  counts: { readonly requests: number; readonly expected: number },
): UsualAnswers | undefined {
  if (counts.expected > (1 - usualShare) * counts.requests) return undefined;
  const byStatus = new Map<string, number>();
  for (const block of blocks) {
    for (const [status, { count }] of block.byStatus) byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  }
  const [commonest] = [...byStatus].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  if (commonest === undefined || commonest[1] < minKeptShare * counts.requests) return undefined;
  const [status] = commonest;
  return {
    status,
    blocks: blocks.flatMap(({ index, byStatus: latencies }) => {
      const latency = latencies.get(status);
      return latency === undefined ? [] : [{ index, latency }];
    }),
  };
}

/** Of several series that are one; undefined where they usually answer otherwise than each other. */
export function joinUsualAnswers(list: readonly (UsualAnswers | undefined)[]): UsualAnswers | undefined {
  const [first] = list;
  if (first === undefined || list.some((one) => one?.status !== first.status)) return undefined;
  const blocks = Map.groupBy(
    list.flatMap((one) => one?.blocks ?? []),
    ({ index }) => index,
  );
  return {
    status: first.status,
    blocks: [...blocks]
      .sort(([a], [b]) => a - b)
      .map(([index, parts]) => ({ index, latency: LatencySketch.merged(parts.map(({ latency }) => latency)) })),
  };
}

type Series = { readonly endpoints: readonly EndpointSeries[]; readonly iterations?: number };

/** How the answers of both sides are counted. */
export interface Counting {
  /** What endpoints usually answer although k6 doesn't expect it. */
  readonly usual: UsualStatuses;
  /** Endpoints of the candidate that end in a loop of redirects. */
  readonly loops: ReadonlySet<string>;
}

/** The same for every two sets of runs whose endpoints answer alike. */
export function countingOf(baseline: readonly Series[], candidate: readonly Series[]): Counting {
  return { usual: usualStatuses(baseline, candidate), loops: redirectLoops(baseline, candidate) };
}

/** The run of the baseline as its answers are counted. */
export function countedBaseline<R extends Series>(run: R, { usual }: Counting): R {
  return withUsualAnswers(run, usual);
}

/** The run of the candidate as its answers are counted. */
export function countedCandidate<R extends Series>(run: R, { usual, loops }: Counting): R {
  return withLoopsFailed(withUsualAnswers(run, usual), loops);
}

/** A sentence for each endpoint whose answers k6 counts otherwise. */
export function describeCounting({ usual, loops }: Counting): string[] {
  return [
    ...[...usual].map(
      ([endpoint, status]) =>
        `${endpoint} is always answered with ${status} in the baseline: its latency is that of these answers, and any other answer counts as failed`,
    ),
    ...[...loops].map(
      (endpoint) => `${endpoint} ends in a loop of redirects on the candidate side: its requests count as failed`,
    ),
  ];
}

/** Statuses by endpoint. */
type UsualStatuses = ReadonlyMap<string, string>;

/**
 * The endpoints that answer one unexpected status to (nearly) every request in each run of the baseline, and (nearly) none
 * of whose answers is an expected one in the candidate either. What else the candidate answers is another matter: a
 * failure.
 */
function usualStatuses(baseline: readonly Series[], candidate: readonly Series[]): UsualStatuses {
  const before = seriesByEndpoint(baseline);
  const after = seriesByEndpoint(candidate);
  const statuses = new Map<string, string>();
  for (const [endpoint, list] of before) {
    const [status, ...others] = new Set(list.map(usualStatusOf));
    if (status === undefined || others.length > 0) continue;
    if ((after.get(endpoint) ?? []).every(hasHardlyAnyExpected)) statuses.set(endpoint, status);
  }
  return statuses;
}

function seriesByEndpoint(runs: readonly Series[]): Map<string, EndpointSeries[]> {
  return Map.groupBy(
    runs.flatMap(({ endpoints }) => endpoints).filter((series) => requestsOf(series) > 0),
    ({ endpoint }) => endpoint,
  );
}

/** The status of (nearly) all answers. */
function usualStatusOf(series: EndpointSeries): string | undefined {
  const { usualAnswers } = series;
  if (usualAnswers === undefined) return undefined;
  const usual = usualAnswers.blocks.reduce((sum, { latency }) => sum + latency.count, 0);
  return usual >= usualShare * requestsOf(series) ? usualAnswers.status : undefined;
}

function hasHardlyAnyExpected(series: EndpointSeries): boolean {
  return latenciesOf(series).count <= (1 - usualShare) * requestsOf(series);
}

/** The run with the usual answers of `statuses` taken for expected ones, and all other answers there for failed ones. */
function withUsualAnswers<R extends Series>(run: R, statuses: UsualStatuses): R {
  if (statuses.size === 0 || !run.endpoints.some(({ endpoint }) => statuses.has(endpoint))) return run;
  const endpoints = run.endpoints.map((series) => {
    const status = statuses.get(series.endpoint);
    return status === undefined ? series : withUsualAnswer(series, status);
  });
  return { ...run, endpoints };
}

const none = new LatencySketch();

function withUsualAnswer(series: EndpointSeries, status: string): EndpointSeries {
  const { usualAnswers } = series;
  const usual = new Map(
    usualAnswers?.status === status ? usualAnswers.blocks.map(({ index, latency }) => [index, latency]) : [],
  );
  return {
    ...series,
    blocks: series.blocks.map(({ index, latency: expected, failedRequests }) => {
      const latency = usual.get(index) ?? none;
      return { index, latency, failedRequests: Math.max(0, expected.count + failedRequests - latency.count) };
    }),
  };
}

/** A loop makes eleven requests of one, and six or five of each of two; a script may allow fewer. */
const loopFactor = 3;

/**
 * Endpoints that answer (nearly) every request with a redirect in each run of the candidate and (nearly) none in the
 * baseline, and that are called several times as often: each redirect leads to the next one.
 */
function redirectLoops(baseline: readonly Series[], candidate: readonly Series[]): ReadonlySet<string> {
  const before = callsByEndpoint(baseline);
  const loops = [...callsByEndpoint(candidate)].filter(([endpoint, calls]) => {
    const known = before.get(endpoint) ?? [];
    const usual = Math.max(...known.map(({ rate }) => rate));
    return (
      known.length > 0 &&
      known.every(({ redirects }) => redirects <= 1 - usualShare) &&
      calls.every(({ redirects, rate }) => redirects >= usualShare && rate >= loopFactor * usual)
    );
  });
  return new Set(loops.map(([endpoint]) => endpoint));
}

/** One run's calls of one endpoint: the share of redirects among the answers, and calls per iteration. */
interface Calls {
  readonly redirects: number;
  readonly rate: number;
}

function callsByEndpoint(runs: readonly Series[]): Map<string, Calls[]> {
  const calls = new Map<string, Calls[]>();
  for (const { endpoints, iterations = 0 } of runs) {
    for (const series of endpoints) {
      const requests = requestsOf(series);
      if (requests === 0 || series.otherHost !== undefined) continue;
      const redirected = sum(redirectsIn(series).map(([, count]) => count));
      const one = { redirects: redirected / requests, rate: requests / Math.max(1, iterations) };
      calls.set(series.endpoint, [...(calls.get(series.endpoint) ?? []), one]);
    }
  }
  return calls;
}

function redirectsIn({ outcomes }: EndpointSeries): [status: string, count: number][] {
  return Object.entries(outcomes).filter(([status]) => /^30[12378]$/.test(status));
}

function withLoopsFailed<R extends Series>(run: R, loops: ReadonlySet<string>): R {
  if (loops.size === 0) return run;
  const endpoints = run.endpoints.map((series) => {
    if (!loops.has(series.endpoint)) return series;
    const redirects = redirectsIn(series);
    const others = Object.entries(series.outcomes).filter(([status]) => !redirects.some(([of]) => of === status));
    return {
      ...series,
      outcomes: Object.fromEntries([...others, ['redirected in a loop', sum(redirects.map(([, count]) => count))]]),
      blocks: series.blocks.map(({ index, latency, failedRequests }) => ({
        index,
        latency: none,
        failedRequests: latency.count + failedRequests,
      })),
    };
  });
  return { ...run, endpoints };
}

/** Share of failed checks up to which a script got what it asked for. */
const failedChecksShare = 0.05;

/**
 * The run with its own usual answers, where the script's checks show that they are meant: it checks what it gets, and
 * (nearly) all checks pass.
 */
export function asMeantByChecks<R extends Series & { readonly checks: readonly CheckCounts[] }>(run: R): R {
  const blocks = run.checks.flatMap((series) => series.blocks);
  const [total, failed] = [sum(blocks.map((block) => block.total)), sum(blocks.map((block) => block.failed))];
  if (total === 0 || failed > failedChecksShare * total) return run;
  if (!run.endpoints.some((series) => failedRequestsOf(series) > 0)) return run;
  return withUsualAnswers(run, usualStatuses([run], []));
}

interface CheckCounts {
  readonly blocks: readonly { readonly total: number; readonly failed: number }[];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
