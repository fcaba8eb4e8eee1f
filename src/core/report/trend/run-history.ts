import { reasonAgainst } from '../../baseline/select-window.ts';
import { latencyQuantilesMs } from '../../comparison/run-summary.ts';
import { labelTogether, otherLabels } from '../../run-record/endpoint-identity.ts';
import {
  byStart,
  type EndpointSeries,
  failedRequestsOf,
  latenciesOf,
  type RunRecord,
} from '../../run-record/run-record.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';

/** The stored runs of one configuration that can be set side by side: what a trend is drawn from. */
export interface RunHistory {
  /** `name` and `environment` of the runs, where they have them. */
  readonly name: string | undefined;
  readonly environment: string | undefined;
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  /** Runs of the configuration that can't be compared with its newest one, with the first reason. */
  readonly leftOut: { readonly count: number; readonly reason: string } | undefined;
  /** In the order in which they first appear. */
  readonly endpoints: readonly EndpointHistory[];
}

export interface EndpointHistory {
  readonly endpoint: string;
  /** What else it is called where a run is looked at by itself. */
  readonly otherLabels: readonly string[];
  /** Oldest first; runs without a request of this endpoint have none. */
  readonly points: readonly HistoryPoint[];
}

/** What one stored run measured of an endpoint. */
export interface HistoryPoint {
  readonly run: RunRecord;
  readonly requests: number;
  readonly failedRequests: number;
  /** Quantiles (ms) that enough expected responses stand behind; the others are absent. */
  readonly latencyMs: Readonly<Partial<Record<Quantile, number>>>;
}

/** With fewer requests than this above it, a quantile is one of the largest values. */
const minAbove = 2.5;

/** The histories in `records`, one per name and environment; the one that was measured last comes first. */
export function runHistories(records: readonly RunRecord[]): RunHistory[] {
  const groups = Map.groupBy(records.toSorted(byStart), ({ fingerprint: { hard } }) =>
    JSON.stringify([hard.name, hard.environment]),
  );
  return [...groups.values()]
    .flatMap(toHistory)
    .sort((a, b) => byStart(b.runs.at(-1) as RunRecord, a.runs.at(-1) as RunRecord));
}

/** Nothing where no run of the group was measured by itself and to its end. */
function toHistory(group: readonly RunRecord[]): RunHistory[] {
  const newest = group.findLast(({ provenance, exit }) => provenance.pair === undefined && exit.class === 'ran');
  if (newest === undefined) return [];
  const against = (run: RunRecord) => (run.id === newest.id ? undefined : reasonAgainst(run, newest));
  const runs = labelTogether(group.filter((run) => against(run) === undefined).toReversed()).reverse();
  const reasons = group.flatMap((run) => against(run) ?? []);
  const { name, environment } = newest.fingerprint.hard;
  const leftOut = reasons[0] === undefined ? undefined : { count: reasons.length, reason: reasons[0] };
  return [{ name, environment, runs, leftOut, endpoints: endpointHistories(runs) }];
}

function endpointHistories(runs: readonly RunRecord[]): EndpointHistory[] {
  const points = new Map<string, HistoryPoint[]>();
  for (const run of runs) {
    for (const series of run.endpoints) {
      if (series.otherHost !== undefined) continue;
      const point = toPoint(run, series);
      if (point.requests === 0) continue;
      const known = points.get(series.endpoint);
      if (known === undefined) points.set(series.endpoint, [point]);
      else known.push(point);
    }
  }
  const others = otherLabels(runs);
  return Array.from(points, ([endpoint, list]) => ({
    endpoint,
    otherLabels: others.get(endpoint) ?? [],
    points: list,
  }));
}

function toPoint(run: RunRecord, series: EndpointSeries): HistoryPoint {
  const sketch = latenciesOf(series);
  const failedRequests = failedRequestsOf(series);
  const all = sketch.count === 0 ? {} : latencyQuantilesMs(sketch);
  const sure = Object.entries(all).filter(
    ([quantile]) => sketch.count * (1 - quantiles[quantile as Quantile].probability) >= minAbove,
  );
  return { run, requests: sketch.count + failedRequests, failedRequests, latencyMs: Object.fromEntries(sure) };
}
