import type { EndpointSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';

/** A run record with one time block per endpoint of `requests` (by endpoint name), each answered in 100 ms. */
export function aMeasuredRun(
  requests: Readonly<Record<string, number>> = { 'GET /items': 1000 },
  overrides: Partial<RunRecord> = {},
): RunRecord {
  return {
    schema: 'tailgate.run/2',
    id: '2026-11-25T10:00:00Z-a1',
    startedAt: '2026-11-25T10:00:00Z',
    durationMs: 60_000,
    warmUpMs: 5000,
    blockLengthMs: 5000,
    fingerprint: { hard: { name: 'shop', environment: 'preview', k6Major: '2' }, soft: { k6Version: '2.2.0' } },
    provenance: { commit: 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678', branch: 'faster-search' },
    endpoints: Object.entries(requests).map(([endpoint, count]) => series(endpoint, count)),
    checks: [],
    metrics: [],
    iterations: 1000,
    droppedIterations: 0,
    exit: { class: 'ran', code: 0, crossedThresholds: [], thrownIterations: 0 },
    generator: {},
    warnings: [],
    ...overrides,
  };
}

function series(endpoint: string, count: number): EndpointSeries {
  const latency = LatencySketch.of(Array.from({ length: count }, (_, i) => 80 + (i % 41)));
  const [method = 'GET', name = endpoint] = endpoint.split(' ');
  return {
    endpoint,
    protocol: 'http',
    method,
    name,
    outcomes: { '200': count },
    blocks: [{ index: 0, latency, failedRequests: 0 }],
  };
}

/** What makes an endpoint that is read as `label`, such as `GET /cart`. */
export function readAs(label: string) {
  const [, method = label, name = ''] = /^(\S+) (.*)$/su.exec(label) ?? [];
  return { endpoint: label, protocol: 'http', method, name } as const;
}
