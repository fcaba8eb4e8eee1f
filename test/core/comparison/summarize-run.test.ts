import { describe, expect, test } from 'vitest';
import { summarizeRun } from '../../../src/core/comparison/summarize-run.ts';
import { aSteadyRun } from '../../support/a-steady-run.ts';

describe('summarizeRun', () => {
  test('gives quantiles with intervals around them, busiest endpoint first', () => {
    const [busy, other] = summarizeRun(
      aSteadyRun({ 'GET /': { medianMs: 50, requests: 1200 }, 'GET /items': { medianMs: 80, requests: 4000 } }),
    );
    expect([busy?.endpoint, other?.endpoint]).toEqual(['GET /items', 'GET /']);
    expect(busy?.latency?.p50.pointMs).toBeCloseTo(80, 0);
    const [low = 0, high = 0] = busy?.latency?.p95.intervalMs ?? [];
    expect(low).toBeLessThanOrEqual(busy?.latency?.p95.pointMs ?? 0);
    expect(high).toBeGreaterThanOrEqual(busy?.latency?.p95.pointMs ?? 0);
  });

  test('leaves the interval away where the requests do not bear one', () => {
    const [endpoint] = summarizeRun(aSteadyRun({ 'GET /': { medianMs: 50, requests: 60 } }));
    expect(endpoint?.latency?.p95.intervalMs).toBeUndefined();
    expect(endpoint?.latency?.p95.n).toBe(60);
  });

  test('an endpoint of which every request failed has an error rate and no latency', () => {
    const [endpoint] = summarizeRun(aSteadyRun({ 'GET /': { medianMs: 50, requests: 0, failed: 30 } }));
    expect(endpoint?.latency).toBeUndefined();
    expect(endpoint?.errorRate.point).toBe(1);
    expect(endpoint?.failedRequests).toBe(30);
  });

  test('zero failures leave room for some: the upper end falls with the requests', () => {
    const upper = (requests: number) =>
      summarizeRun(aSteadyRun({ 'GET /': { medianMs: 50, requests } }))[0]?.errorRate.interval[1] ?? 1;
    expect(upper(100)).toBeGreaterThan(0.03);
    expect(upper(4000)).toBeLessThan(0.002);
  });
});
