import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { renderMarkdown } from '../../src/core/report/render/markdown-report.ts';
import type { EndpointSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { judgePair, judgeRuns } from '../../src/gate/judge.ts';
import { aMeasuredRun } from '../support/a-measured-run.ts';
import { balanced, duetPairs, duetRecords } from '../support/paired-runs.ts';

const plan = { name: 'shop', thresholds: balanced, failOn: ['regressed', 'k6-thresholds', 'invalid'] } as const;

/** Ten answers in a minute in which a thousand were due. */
const stuck = aMeasuredRun({ 'GET /items': 10 }, { id: 'stuck', iterations: 10, droppedIterations: 990 });
const healthy = (id: string) => aMeasuredRun({ 'GET /items': 1000 }, { id, iterations: 1000 });

describe('judgePair', () => {
  it.each([
    ['candidate', { verdict: 'fail', reason: 'k6-thresholds' }],
    ['baseline', { verdict: 'pass' }],
  ] as const)("lets thresholds of the script's that the %s crossed come to what they should", (side, verdict) => {
    const runs = duetRecords(duetPairs({ endpoints: 3, pairs: 30, requestsPerBlock: 40, seed: 'thresholds' }));
    const crossed = { ...runs[side].exit, code: 99, crossedThresholds: ['http_req_duration: p(95)<100'] };
    const { decided } = judgePair(plan, {
      ...runs,
      [side]: { ...runs[side], exit: crossed },
      targetWasReady: true,
      paired: { placement: 'one-host', order: 'concurrent' },
    });
    expect(decided.verdict).toMatchObject(verdict);
  });

  it('fails a candidate that is too slow to leave anything to compare', () => {
    const paired = { placement: 'one-host', order: 'concurrent' } as const;
    const judged = judgePair(plan, { baseline: healthy('a'), candidate: stuck, targetWasReady: true, paired });
    expect(judged.decided).toMatchObject({
      verdict: { verdict: 'fail', reason: 'regressed' },
      outcome: { exitCode: 1 },
    });
    expect(buildReport(judged).headline).toContain('iterationRate 16.7 → 0.17 (−99 %)');
  });
});

describe('judgePair of a candidate that holds requests', () => {
  it('fails it, and says for what the iterations wait', () => {
    const side = (id: string, iterations: number, requestsPerBlock: number) => {
      const latency = LatencySketch.of(Array.from({ length: requestsPerBlock }, (_, i) => 80 + (i % 41)));
      const blocks = Array.from({ length: 10 }, (_, index) => ({ index, latency, failedRequests: 0 }));
      const [series] = aMeasuredRun({ 'GET /items': requestsPerBlock * 10 }).endpoints as [EndpointSeries];
      const hard = { name: 'shop', k6Major: '2', load: 'a: constant-arrival-rate 20/1s for 1m' };
      return aMeasuredRun(
        {},
        {
          ...{ id, iterations, loadModel: 'open' },
          endpoints: [{ ...series, blocks }],
          fingerprint: { hard, soft: {} },
        },
      );
    };
    const paired = { placement: 'one-host', order: 'concurrent' } as const;
    const sides = { baseline: side('a', 1200, 100), candidate: side('b', 1080, 90) };
    const judged = judgePair(plan, { ...sides, targetWasReady: true, paired });
    const report = buildReport(judged);
    expect(judged.decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(report.headline).toContain('unendedIterations 0 → 10 %');
    expect(renderMarkdown(report)).toMatch(/\| they wait for GET \/items, or for what comes before \|/);
  });
});

describe('judgeRuns', () => {
  it('fails a candidate that is too slow to leave anything to compare', () => {
    const stored = ['a', 'b', 'c', 'd'].map((id, i) => ({ ...healthy(id), startedAt: `2026-11-2${i}T10:00:00Z` }));
    const validity = { kind: 'valid', warnings: [] } as const;
    const facts = { record: stuck, validity, stored, warnings: [] };
    expect(judgeRuns({ ...plan, mode: 'stored' }, facts).decided).toMatchObject({
      verdict: { verdict: 'fail', reason: 'regressed' },
      outcome: { exitCode: 1 },
    });
  });
});

describe('judgeRuns, for a run that is to be recorded', () => {
  const valid = { kind: 'valid', warnings: [] } as const;
  /** 1000 requests, so many of which are refused. */
  const refused = (count: number, id = 'z') => {
    const run = aMeasuredRun({ 'GET /items': 1000 - count }, { id, iterations: 1000 });
    const endpoints = run.endpoints.map((series) => ({
      ...series,
      outcomes: { '200': 1000 - count, 'error 1212': count },
      blocks: series.blocks.map((block) => ({ ...block, failedRequests: count })),
    }));
    return { ...run, endpoints };
  };
  const stored = ['a', 'b', 'c', 'd'].map((id, i) => ({ ...healthy(id), startedAt: `2026-11-2${i}T10:00:00Z` }));
  const record = (run: RunRecord, window: readonly RunRecord[] = []) =>
    judgeRuns({ ...plan, mode: 'record' }, { record: run, validity: valid, stored: window, warnings: [] });

  it('takes none for a baseline in which a tenth of the requests or more got no answer', () => {
    expect(record(refused(470)).decided).toMatchObject({
      verdict: {
        verdict: 'invalid',
        reason: 'target-gone',
        detail:
          '470 of 1000 requests (47 %) got no answer (200: 530, connection refused: 470), so this run is no baseline',
      },
      outcome: { exitCode: 3 },
    });
    expect(record(refused(20)).decided.outcome.exitCode).toBe(0);
  });

  it('quarantines it instead where stored runs show that it is worse', () => {
    expect(record(refused(470), stored).decided).toMatchObject({
      verdict: { verdict: 'fail', reason: 'regressed' },
      outcome: { exitCode: 0 },
    });
  });

  it('claims no comparison where nothing could be compared', () => {
    const few = aMeasuredRun({ 'GET /other': 1000 }, { id: 'few', iterations: 1000 });
    expect(buildReport(record(few, stored)).headline).toBe(
      'stored; against 4 earlier runs nothing can be told: no endpoint could be compared with the baseline: the two sides have none in common',
    );
  });
});
