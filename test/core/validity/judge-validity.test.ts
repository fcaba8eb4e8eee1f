import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { EndpointSeries, RunExit, RunRecord } from '../../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';
import { judgeValidity } from '../../../src/core/validity/judge-validity.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

const ready = { targetWasReady: true };

function exit(overrides: Partial<RunExit>): RunExit {
  return { class: 'ran', code: 0, crossedThresholds: [], thrownIterations: 0, ...overrides };
}

/** An endpoint with the given outcomes, of which `failed` are failed requests. */
function outcomes(counts: Record<string, number>, failed: number, protocol: 'http' | 'grpc' = 'http'): EndpointSeries {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const latency = LatencySketch.of(Array.from({ length: total - failed }, () => 20));
  const blocks = [{ index: 0, latency, failedRequests: failed }];
  return { endpoint: 'GET /a', protocol, method: 'GET', name: '/a', outcomes: counts, blocks };
}

function runOf(series: EndpointSeries, overrides: Partial<RunRecord> = {}): RunRecord {
  return aMeasuredRun({}, { endpoints: [series], ...overrides });
}

describe('judgeValidity', () => {
  it('finds nothing to say about a plain run', () => {
    expect(judgeValidity(aMeasuredRun(), ready)).toEqual({ kind: 'valid', warnings: [] });
  });

  it.each([
    ['could-not-run', { code: 107, message: 'Error: boom (a.js:1:2)' }, 'k6-could-not-run', 'Error: boom (a.js:1:2)'],
    ['could-not-run', { code: 100 }, 'k6-could-not-run', 'exit code 100'],
    ['could-not-run', { code: 104 }, 'k6-could-not-run', 'exit code 104'],
    ['could-not-run', { code: 106 }, 'k6-could-not-run', 'exit code 106'],
    ['could-not-run', { code: 109 }, 'k6-could-not-run', 'exit code 109'],
    ['could-not-run', { code: 255 }, 'k6-could-not-run', 'exit code 255'],
    ['aborted', { code: 105 }, 'cut-short', 'interrupted after 60 s'],
    ['aborted', { code: 103 }, 'k6-aborted', 'exit code 103'],
    ['aborted', { code: 108, message: 'test aborted: enough' }, 'k6-aborted', 'enough'],
    ['aborted', { code: 137 }, 'k6-aborted', 'killed'],
    ['aborted', { signal: 'SIGKILL' }, 'k6-aborted', 'killed'],
    ['aborted', { signal: 'SIGTERM' }, 'cut-short', 'interrupted'],
  ] as const)('refuses a run that is %s with %o', (exitClass, how, reason, detail) => {
    const { code: _, ...plain } = exit({ class: exitClass });
    const record = aMeasuredRun({ 'GET /a': 100 }, { exit: { ...plain, ...how } });
    expect(judgeValidity(record, ready)).toMatchObject({
      kind: 'invalid',
      reason,
      detail: expect.stringContaining(detail),
    });
  });

  it('keeps a run whose thresholds were crossed or that the script marked as failed', () => {
    for (const code of [99, 110, 101, 102]) {
      expect(judgeValidity(aMeasuredRun({ 'GET /a': 100 }, { exit: exit({ code }) }), ready).kind).toBe('valid');
    }
  });

  it('refuses a run without requests', () => {
    expect(judgeValidity(aMeasuredRun({}), ready)).toMatchObject({ kind: 'invalid', reason: 'no-requests' });
    expect(judgeValidity(aMeasuredRun({}, { iterations: 0 }), ready)).toMatchObject({
      reason: 'no-requests',
      detail: expect.stringContaining('no iteration'),
    });
  });

  it('says that the warm-up swallowed the run when it did', () => {
    const record = aMeasuredRun({}, { durationMs: 3000, warmUpMs: 5000 });
    expect(judgeValidity(record, ready)).toMatchObject({
      kind: 'invalid',
      reason: 'cut-short',
      hint: expect.stringContaining('warm-up'),
    });
  });

  it('takes WebSocket, browser and custom series for requests, but not the duration of iterations', () => {
    const trend = (metric: string) => ({ metric, kind: 'trend' as const, unit: 'ms' as const, blocks: [] });
    expect(judgeValidity(aMeasuredRun({}, { metrics: [trend('ws_session_duration')] }), ready).kind).toBe('valid');
    expect(judgeValidity(aMeasuredRun({}, { metrics: [trend('browser_web_vital_lcp')] }), ready).kind).toBe('valid');
    expect(
      judgeValidity(aMeasuredRun({}, { metrics: [trend('iteration_duration{scenario:a}')] }), ready),
    ).toMatchObject({
      reason: 'no-requests',
    });
  });

  it('blames the script when iterations throw while requests succeed', () => {
    const record = aMeasuredRun({ 'GET /a': 1000 }, { exit: exit({ thrownIterations: 200, message: 'TypeError: x' }) });
    expect(judgeValidity(record, ready)).toMatchObject({
      kind: 'invalid',
      reason: 'script-throws',
      detail: expect.stringContaining('200 of 1000 iterations threw: TypeError: x'),
    });
  });

  it('blames nobody but the target when requests fail as often as iterations throw', () => {
    const record = runOf(outcomes({ '200': 800, '500': 200 }, 200), { exit: exit({ thrownIterations: 200 }) });
    expect(judgeValidity(record, ready)).toMatchObject({
      kind: 'valid',
      warnings: [expect.stringContaining('threw'), '20 % of all requests failed'],
    });
  });

  it('calls a ready target that answers 5xx or nothing to everything failed', () => {
    const failing = runOf(outcomes({ '503': 90, '500': 10 }, 100), { exit: exit({ thrownIterations: 1000 }) });
    expect(judgeValidity(failing, ready)).toEqual({
      kind: 'all-failed',
      detail: 'every one of 100 requests failed (503: 90, 500: 10)',
    });
    expect(judgeValidity(runOf(outcomes({ 'error 1212': 100 }, 100)), ready)).toMatchObject({
      kind: 'all-failed',
      detail: expect.stringContaining('connection refused: 100'),
    });
    expect(judgeValidity(runOf(outcomes({ '14': 50 }, 50, 'grpc')), ready).kind).toBe('all-failed');
  });

  it('calls a target that was never seen ready and answers nothing gone', () => {
    const record = runOf(outcomes({ 'error 1212': 100 }, 100));
    expect(judgeValidity(record, { targetWasReady: false })).toMatchObject({ kind: 'invalid', reason: 'target-gone' });
    const grpc = runOf(outcomes({ '14': 50 }, 50, 'grpc'));
    expect(judgeValidity(grpc, { targetWasReady: false })).toMatchObject({ reason: 'target-gone' });
  });

  it('suspects bot protection when everything is forbidden', () => {
    expect(judgeValidity(runOf(outcomes({ '403': 100 }, 100)), ready)).toMatchObject({
      kind: 'invalid',
      reason: 'bot-challenge',
    });
  });

  it('refuses a run of which a twentieth was turned away by a rate limit, and warns below that', () => {
    expect(judgeValidity(runOf(outcomes({ '200': 950, '429': 50 }, 50)), ready)).toMatchObject({ reason: 'throttled' });
    expect(judgeValidity(runOf(outcomes({ '429': 100 }, 100)), ready)).toMatchObject({ reason: 'throttled' });
    expect(judgeValidity(runOf(outcomes({ '200': 980, '429': 20 }, 20)), ready)).toMatchObject({
      kind: 'valid',
      warnings: [expect.stringContaining('20 of 1000')],
    });
  });

  it('takes a 429 that the script expects for an answer', () => {
    expect(judgeValidity(runOf(outcomes({ '200': 500, '429': 500 }, 0)), ready)).toEqual({
      kind: 'valid',
      warnings: [],
    });
  });

  it.each([
    [{ peakCpuShare: 0.85 }, 'k6 used 85 % of all cores'],
    [{ startLatenessMs: 400 }, 'iterations started 400 ms late'],
    [{ readerLagMs: 8000 }, 'samples arrived 8.0 s late'],
  ])('refuses a run whose generator was the bottleneck: %o', (generator, detail) => {
    expect(judgeValidity(aMeasuredRun({ 'GET /a': 100 }, { generator }), ready)).toMatchObject({
      kind: 'invalid',
      reason: 'generator-saturated',
      detail: expect.stringContaining(detail),
    });
  });

  it('warns when the generator came close to its limits', () => {
    const generator = { peakCpuShare: 0.7, startLatenessMs: 60, readerLagMs: 2000 };
    const judged = judgeValidity(aMeasuredRun({ 'GET /a': 100 }, { generator }), ready);
    expect(judged).toMatchObject({ kind: 'valid', warnings: { length: 3 } });
  });

  it('judges dropped iterations of an idle generator, with a warning', () => {
    const judged = judgeValidity(aMeasuredRun({ 'GET /a': 100 }, { droppedIterations: 300 }), ready);
    expect(judged).toMatchObject({
      kind: 'valid',
      warnings: [expect.stringContaining('300 of 1300 iterations never started')],
    });
  });

  it('warns when no request succeeded in the last blocks', () => {
    const alive = (index: number) => ({ index, latency: LatencySketch.of([10, 20]), failedRequests: 0 });
    const dead = (index: number) => ({ index, latency: LatencySketch.of([]), failedRequests: 5 });
    const series = { ...outcomes({ '200': 4, 'error 1212': 10 }, 10), blocks: [alive(0), alive(1), dead(2), dead(3)] };
    expect(judgeValidity(runOf(series), ready)).toMatchObject({
      kind: 'valid',
      warnings: ['71 % of all requests failed', expect.stringContaining('from 15 s on every request failed')],
    });
  });

  test.prop([
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 0, max: 300 }),
    fc.boolean(),
  ])(
    'never calls a run valid in which nothing succeeded',
    (serverErrors, refused, throttled, thrown, targetWasReady) => {
      const failed = serverErrors + refused + throttled;
      const series = outcomes({ '500': serverErrors, 'error 1212': refused, '429': throttled }, failed);
      const record = runOf(series, { exit: exit({ thrownIterations: thrown }) });
      expect(judgeValidity(record, { targetWasReady }).kind).not.toBe('valid');
    },
  );
});
