import { latenciesOf, type RunRecord } from '../run-record/run-record.ts';
import { quantileMs } from '../sketch/latency-quantile.ts';

/** Fewer expected responses than this tell no level. */
const fewestResponses = 50;

/** ln of an endpoint's p50 and p95 (ms) in one run. */
export interface LogLevel {
  readonly p50: number;
  readonly p95: number;
}

/** The levels of the endpoints of `record` that have enough expected responses. */
export function logLevels(record: RunRecord): Map<string, LogLevel> {
  const levels = new Map<string, LogLevel>();
  for (const series of record.endpoints) {
    const sketch = latenciesOf(series);
    if (sketch.count < fewestResponses) continue;
    levels.set(series.endpoint, { p50: Math.log(quantileMs(sketch, 0.5)), p95: Math.log(quantileMs(sketch, 0.95)) });
  }
  return levels;
}

/** Endpoints whose level is known in every run, in the order of the first. */
export function commonEndpoints(levels: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...(levels[0]?.keys() ?? [])].filter((endpoint) => levels.every((run) => run.has(endpoint)));
}
