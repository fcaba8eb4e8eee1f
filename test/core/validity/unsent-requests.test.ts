import { describe, expect, it } from 'vitest';
import type { EndpointSeries } from '../../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';
import {
  judgeValidity,
  refuseUnsentRequests,
  warnOfUnsentRequests,
} from '../../../src/core/validity/judge-validity.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

function endpoint(outcomes: Record<string, number>, otherHost?: string): EndpointSeries {
  const answered = outcomes['200'] ?? 0;
  const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const latency = LatencySketch.of(Array.from({ length: answered }, () => 20));
  return {
    endpoint: 'GET /a',
    protocol: 'http',
    method: 'GET',
    name: '/a',
    outcomes,
    blocks: [{ index: 0, latency, failedRequests: total - answered }],
    ...(otherHost !== undefined && { otherHost }),
  };
}

describe('refuseUnsentRequests', () => {
  it.each([
    [1110, 'target-not-used', 'told to block'],
    [1111, 'target-not-used', 'told to block'],
    [1020, 'target-not-used', 'URL is invalid'],
    [1101, 'target-gone', 'no address was found'],
    [1100, 'target-gone', 'no address was found'],
    [1202, 'generator-saturated', 'too many open files'],
    [1213, 'generator-saturated', 'too many open files'],
  ])('does not blame the target for requests that all ended with error %d', (code, reason, what) => {
    const record = aMeasuredRun({}, { endpoints: [endpoint({ [`error ${code}`]: 500 })] });
    for (const targetWasReady of [true, false]) {
      expect(judgeValidity(record, { targetWasReady })).toMatchObject({
        kind: 'invalid',
        reason,
        detail: expect.stringContaining(`500 of 500 requests were not sent`),
      });
      expect(judgeValidity(record, { targetWasReady })).toMatchObject({ detail: expect.stringContaining(what) });
    }
  });

  it('refuses a run in which nearly all requests were stopped, whatever stopped them', () => {
    const nearlyAll = endpoint({ 'error 1213': 500, 'error 1101': 410, '503': 90 });
    expect(refuseUnsentRequests([nearlyAll])).toMatchObject({ reason: 'generator-saturated' });
  });

  it('looks at the requests to the target alone, where others were made', () => {
    const blocked = endpoint({ 'error 1111': 100 });
    const elsewhere = endpoint({ '200': 1000 }, 'analytics.example');
    expect(refuseUnsentRequests([blocked, elsewhere])).toMatchObject({ reason: 'target-not-used' });
    expect(
      refuseUnsentRequests([endpoint({ '200': 100 }), endpoint({ 'error 1111': 5000 }, 'analytics.example')]),
    ).toBeUndefined();
  });

  it.each([1050, 1211, 1212, 1220, 1310, 1503])("takes error %d for the target's", (code) => {
    expect(refuseUnsentRequests([endpoint({ [`error ${code}`]: 500 })])).toBeUndefined();
  });

  it('lets a run be judged of which enough was answered', () => {
    expect(refuseUnsentRequests([endpoint({ '200': 11, 'error 1213': 89 })])).toBeUndefined();
    expect(refuseUnsentRequests([])).toBeUndefined();
  });
});

describe('warnOfUnsentRequests', () => {
  it("says which failures are not the target's", () => {
    const warning = expect.stringContaining('20 of 100 requests were not sent, because k6 was told to block');
    expect(warnOfUnsentRequests([endpoint({ '200': 80, 'error 1111': 20 })])).toEqual([warning]);
    const record = aMeasuredRun({}, { endpoints: [endpoint({ '200': 80, 'error 1111': 20 })] });
    expect(judgeValidity(record, { targetWasReady: true })).toMatchObject({
      warnings: expect.arrayContaining([warning]),
    });
  });

  it('keeps quiet about a stray one', () => {
    expect(warnOfUnsentRequests([endpoint({ '200': 1000, 'error 1213': 1 })])).toEqual([]);
  });
});
