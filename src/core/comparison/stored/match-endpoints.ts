import { mean, median, present, sampleVariance } from '../../stats/sample-moments.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { isIgnored, type Thresholds } from '../../thresholds/thresholds.ts';
import type { NotComparedReason } from '../row.ts';
import type { EndpointSummary, RunSummary } from '../run-summary.ts';
import type { LogTable } from './shift-tests.ts';

/** Runs that must know an endpoint before its spread between runs can be judged. */
export const minimumWindowRuns = 3;

/** An arrival rate that differs by more than this is another workload. */
const rateTolerance = 0.1;

/** So many standard deviations of the window's own rates a difference must have before it counts as a change of load. */
const rateDeviations = 4;

export interface MatchedEndpoint {
  readonly endpoint: string;
  /** Per window run; absent where a run doesn't know the endpoint. */
  readonly window: readonly (EndpointSummary | undefined)[];
  /** Per candidate run, likewise; at least one has it. */
  readonly candidate: readonly (EndpointSummary | undefined)[];
}

export interface UnmatchedEndpoint {
  readonly endpoint: string;
  readonly reason: NotComparedReason;
  readonly warning: string;
  readonly window: readonly EndpointSummary[];
  readonly candidate: readonly EndpointSummary[];
}

/** Endpoints whose failures can be compared: a changed load is no excuse for failing (retries change it too). */
export function withChangedLoad(
  matched: readonly MatchedEndpoint[],
  unmatched: readonly UnmatchedEndpoint[],
): readonly string[] {
  const changed = unmatched.filter(({ reason }) => reason === 'changed').map(({ endpoint }) => endpoint);
  return [...matched.map(({ endpoint }) => endpoint), ...changed].sort();
}

/** Which endpoints occur on both sides under the same load, and why the others can't be compared; ordered by name. */
export function matchEndpoints(
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  thresholds: Thresholds,
): { readonly matched: MatchedEndpoint[]; readonly unmatched: UnmatchedEndpoint[] } {
  const matched: MatchedEndpoint[] = [];
  const unmatched: UnmatchedEndpoint[] = [];
  const usual = requestsPerUnitOfLoad(window, candidates);
  for (const endpoint of endpointNames([...window, ...candidates])) {
    const inWindow = window.map((run) => run.endpoints.get(endpoint));
    const known = inWindow.filter((summary) => summary !== undefined);
    const perCandidate = candidates.map((run) => run.endpoints.get(endpoint));
    const inCandidate = perCandidate.filter((summary) => summary !== undefined);
    const reject = (reason: NotComparedReason, warning: string) =>
      unmatched.push({ endpoint, reason, warning, window: known, candidate: inCandidate });
    if (isIgnored(endpoint, thresholds)) reject('ignored', 'ignored by the configuration');
    else if (inCandidate.length === 0) reject('gone', 'the baseline has this endpoint, the candidate has not');
    else if (known.length === 0) reject('new', 'the candidate has this endpoint, the baseline has not');
    else if (known.length < Math.min(minimumWindowRuns, window.length)) {
      reject('new', `only ${known.length} of ${window.length} baseline runs have this endpoint`);
    } else {
      const change = loadChange(endpoint, window, candidates, usual);
      if (change !== undefined) reject('changed', change);
      else matched.push({ endpoint, window: inWindow, candidate: perCandidate });
    }
  }
  return { matched, unmatched };
}

function endpointNames(runs: readonly RunSummary[]): string[] {
  return [...new Set(runs.flatMap((run) => [...run.endpoints.keys()]))].sort();
}

/** How much load a run made: iterations where all runs know them, else all requests. A slow target changes neither ratio. */
function requestsPerUnitOfLoad(
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
): (run: RunSummary) => number {
  const haveIterations = [...window, ...candidates].every((run) => run.iterations > 0);
  return haveIterations ? (run) => run.iterations : (run) => run.requests;
}

/**
 * Whether the endpoint's share of the load changed beyond 10 % and beyond what it varies by itself. A share, not a rate
 * per second: a target that slows down under closed-model load gets fewer requests of every kind and must not escape.
 */
function loadChange(
  endpoint: string,
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  loadOf: (run: RunSummary) => number,
): string | undefined {
  const logShares = (runs: readonly RunSummary[]) =>
    runs.flatMap((run) => {
      const summary = run.endpoints.get(endpoint);
      const requests = summary === undefined ? 0 : summary.succeeded + summary.failedRequests;
      return requests > 0 ? [{ log: Math.log(requests / loadOf(run)), requests }] : [];
    });
  const before = logShares(window);
  const after = logShares(candidates);
  if (before.length < 2 || after.length === 0) return undefined;
  const change = mean(after.map((s) => s.log)) - mean(before.map((s) => s.log));
  const countVariance = 1 / median([...before, ...after].map((s) => s.requests));
  const variance = Math.max(sampleVariance(before.map((s) => s.log)), countVariance);
  const deviation = Math.sqrt(variance * (1 / before.length + 1 / after.length));
  if (Math.abs(change) <= Math.log(1 + rateTolerance) || Math.abs(change) <= rateDeviations * deviation)
    return undefined;
  return `its share of the load changed by ${Math.round(Math.expm1(change) * 100)} %`;
}

/**
 * Whether the quantile can be judged: every candidate run that knows the endpoint and the typical window run must have
 * enough expected responses; single window runs may fall short and are left out.
 */
export function hasEnoughRequests(endpoint: MatchedEndpoint, quantile: Quantile): boolean {
  const needed = quantiles[quantile].minRequests;
  const known = endpoint.window.filter((summary) => summary !== undefined);
  return (
    known.filter((summary) => isUsable(summary, quantile)).length >= minimumWindowRuns &&
    median(known.map((summary) => summary.succeeded)) >= needed &&
    endpoint.candidate.every((summary) => summary === undefined || summary.succeeded >= needed)
  );
}

/** Logarithms of `quantile` in ms, a row per endpoint. */
export function toLogTable(endpoints: readonly MatchedEndpoint[], quantile: Quantile): LogTable {
  return {
    window: endpoints.map(({ window }) => windowLogs(window, quantile)),
    candidate: endpoints.map(({ candidate }) => candidate.map((summary) => logOf(summary, quantile))),
    roundingVariance: endpoints.map(({ window, candidate }) =>
      Math.max(...[...window, ...candidate].map((summary) => summary?.roundingVariance[quantile] ?? 0)),
    ),
    samplingVariance: endpoints.map(({ window, candidate }) => {
      const logVariance = (summary: EndpointSummary | undefined) =>
        summary !== undefined && summary.succeeded > 0 ? Math.log(summary.samplingVariance[quantile]) : Number.NaN;
      const side = (summaries: readonly (EndpointSummary | undefined)[]) => mean(present(summaries.map(logVariance)));
      // Both sides weigh the same, however many runs they have.
      return Math.exp((side(window) + side(candidate)) / 2);
    }),
  };
}

/** Per window run the logarithm of `quantile` in ms; NaN in a run with too few expected responses to say. */
export function windowLogs(window: MatchedEndpoint['window'], quantile: Quantile): number[] {
  return window.map((summary) =>
    summary !== undefined && isUsable(summary, quantile) ? logOf(summary, quantile) : Number.NaN,
  );
}

function logOf(summary: EndpointSummary | undefined, quantile: Quantile): number {
  return Math.log(summary?.latencyMs[quantile] ?? Number.NaN);
}

function isUsable(summary: EndpointSummary, quantile: Quantile): boolean {
  return summary.succeeded >= quantiles[quantile].minRequests / 2;
}
