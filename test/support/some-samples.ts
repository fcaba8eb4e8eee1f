import { type CollectOptions, type RecordFacts, RunCollector } from '../../src/core/run-record/collect-run.ts';
import type { EndpointSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import type { RequestSample, Sample } from '../../src/core/run-record/sample.ts';

/** Moment at which sample runs begin, Unix ms. */
export const runStartMs = Date.UTC(2026, 10, 25, 12, 0, 0);

/** An expected GET of /items answered in 100 ms, which ended 1 s after the start of the run. */
export function aRequest(overrides: Partial<RequestSample> = {}): RequestSample {
  return {
    kind: 'request',
    protocol: 'http',
    method: 'GET',
    name: 'http://shop.example/items',
    isNamed: false,
    scenario: 'default',
    endedAtMs: runStartMs + 1000,
    durationMs: 100,
    status: '200',
    isExpected: true,
    ...overrides,
  };
}

export const plainFacts: RecordFacts = {
  fingerprint: { hard: {}, soft: {} },
  provenance: {},
  iterations: 0,
  droppedIterations: 0,
  setupAndTeardownRequests: 0,
  exit: { class: 'ran', crossedThresholds: [], thrownIterations: 0 },
  generator: {},
  warnings: [],
};

/** The record of `samples`; without options time starts at `runStartMs` and nothing is warm-up. */
export function collected(
  samples: Iterable<Sample>,
  options: Partial<CollectOptions> = {},
  facts: Partial<RecordFacts> = {},
): RunRecord {
  const collector = new RunCollector({ warmUpMs: 0, originMs: runStartMs, ...options });
  for (const sample of samples) collector.add(sample);
  return collector.finish({ ...plainFacts, ...facts });
}

export function endpointNames(record: RunRecord): string[] {
  return record.endpoints.map((series) => series.endpoint);
}

/** Block indexes with the numbers of expected and failed requests. */
export function blockCounts(series: EndpointSeries | undefined): [index: number, expected: number, failed: number][] {
  return (series?.blocks ?? []).map((block) => [block.index, block.latency.count, block.failedRequests]);
}
