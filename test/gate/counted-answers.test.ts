import { describe, expect, it } from 'vitest';
import { pairBlocks } from '../../src/core/comparison/paired/paired-blocks.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { decodeRunRecord, encodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import type { Sample } from '../../src/core/run-record/sample.ts';
import { randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { judgeValidity } from '../../src/core/validity/judge-validity.ts';
import { type Judged, judgePair, judgeRuns } from '../../src/gate/judge.ts';
import { aRequest, collected, runStartMs } from '../support/some-samples.ts';
import { someThresholds } from '../support/some-thresholds.ts';

const plan = { name: 'shop', thresholds: someThresholds(), failOn: ['regressed', 'k6-thresholds', 'invalid'] } as const;

interface Behavior {
  /** Status of the i-th answer to the refused endpoint; `200` is expected, 0 is no answer. */
  readonly status?: (i: number) => number;
  readonly factor?: number;
  /** Requests of another endpoint, which is answered with 200. */
  readonly others?: boolean;
  readonly protocol?: 'http' | 'grpc';
  readonly checks?: boolean;
}

/** 150 s with ten requests a second to an endpoint that refuses, each in about 50 ms. */
function aRun(seed: string, behavior: Behavior = {}): RunRecord {
  const { status = () => 401, factor = 1, others = true, protocol = 'http', checks = false } = behavior;
  const random = seededRandom(seed);
  const samples: Sample[] = [];
  const drift = Math.exp(0.02 * randomNormal(random));
  for (let i = 0; i < 1500; i++) {
    const endedAtMs = runStartMs + i * 100 + 50;
    const durationMs = () => 50 * drift * Math.exp(0.3 * randomNormal(random));
    if (others) samples.push(aRequest({ endedAtMs, durationMs: durationMs() }));
    const code = status(i);
    const isExpected = protocol === 'grpc' ? code === 0 : code >= 200 && code < 300;
    samples.push(
      aRequest({
        ...{ protocol, endedAtMs, isExpected, name: 'login-wrong', isNamed: true },
        method: protocol === 'grpc' ? 'GRPC' : 'POST',
        durationMs: factor * durationMs(),
        status: String(code),
        ...(protocol === 'http' && (code === 0 || code >= 400) && { errorCode: code === 0 ? '1212' : `1${code}` }),
      }),
    );
    if (checks) samples.push({ kind: 'check', check: 'is refused', atMs: endedAtMs, passed: code === 401 });
  }
  const day = Number(seed.replaceAll(/\D/g, '')) + 1;
  const record = collected(samples, {}, { id: seed, iterations: 1500 });
  return decodeRunRecord(
    encodeRunRecord({ ...record, startedAt: new Date(Date.UTC(2026, 9, day)).toISOString() }),
    seed,
  );
}

const windowOf = (behavior?: Behavior) => [1, 2, 3, 4, 5].map((i) => aRun(`run ${i}`, behavior));

function judgeStored(candidate: Behavior, baseline: Behavior = {}): Judged {
  const record = aRun('run 9', candidate);
  const validity = judgeValidity(record, { targetWasReady: true });
  return judgeRuns({ ...plan, mode: 'stored' }, { record, validity, stored: windowOf(baseline), warnings: [] });
}

function judgeDuet(candidate: Behavior, baseline: Behavior = {}): Judged {
  const sides = { baseline: aRun('a 1', baseline), candidate: aRun('b 2', candidate) };
  return judgePair(plan, { ...sides, targetWasReady: true, paired: { placement: 'one-host', order: 'concurrent' } });
}

const modes = [
  ['stored runs', judgeStored],
  ['a duet', judgeDuet],
] as const;

const verdictOf = ({ decided: { verdict } }: Judged) => ('reason' in verdict ? verdict.reason : verdict.verdict);
const linesOf = (judged: Judged) => {
  const { warnings, notes } = buildReport(judged);
  return [...warnings, ...notes].join('\n');
};
const rowOf = ({ decided }: Judged, metric: string) =>
  decided.comparison?.comparisons.find(
    (row) => row.metric === metric && row.subject.kind === 'endpoint' && row.subject.name.includes('login-wrong'),
  );

describe.each(modes)('an endpoint that both sides always answer alike, by %s', (_, judge) => {
  it.each([401, 404, 409, 302, 410, 422])('is judged on the latency of its answers with %i', (code) => {
    const status = () => code;
    const judged = judge({ status, factor: 3 }, { status });
    expect(verdictOf(judged)).toBe('regressed');
    expect(rowOf(judged, 'p95')).toMatchObject({ verdict: 'regressed' });
    expect(rowOf(judged, 'errorRate')).toMatchObject({ baseline: { point: 0 }, candidate: { point: 0 } });
    expect(linesOf(judged)).toContain(
      `POST login-wrong is always answered with ${code} in the baseline: its latency is that of these answers, and any other answer counts as failed`,
    );
    expect(['nothing-found', 'shown']).toContain(verdictOf(judge({ status }, { status })));
  });

  it('is judged so in gRPC as well, where 16 stands for a login that is missing', () => {
    const refusing = { status: () => 16, protocol: 'grpc' } as const;
    expect(rowOf(judge({ ...refusing, factor: 3 }, refusing), 'p95')).toMatchObject({ verdict: 'regressed' });
  });

  it.each([500, 503, 429, 408, 0])('is not judged on answers with %i, which nobody is after', (code) => {
    const status = () => code;
    const judged = judge({ status, factor: 3 }, { status });
    expect(rowOf(judged, 'p95')?.verdict).not.toBe('regressed');
    expect(linesOf(judged)).not.toContain('any other answer counts as failed');
  });

  it('fails where a fifth of the answers is 500 now', () => {
    const judged = judge({ status: (i) => (i % 5 === 0 ? 500 : 401) });
    expect(rowOf(judged, 'errorRate')).toMatchObject({
      verdict: 'regressed',
      baseline: { point: 0 },
      candidate: { point: 0.2 },
    });
  });

  it('fails where every answer has another status now, and says which', () => {
    const judged = judge({ status: () => 403, factor: 0.1 });
    expect(verdictOf(judged)).toBe('regressed');
    expect(rowOf(judged, 'errorRate')).toMatchObject({ verdict: 'regressed', candidate: { point: 1 } });
    expect(rowOf(judged, 'p50')).toMatchObject({ verdict: 'not-compared', notComparedReason: 'mostly-failed' });
  });
});

describe.each(modes)('an endpoint that only one side refuses, by %s', (_, judge) => {
  it('fails where the candidate refuses quickly what the baseline answered', () => {
    const judged = judge({ factor: 0.1 }, { status: () => 200 });
    expect(rowOf(judged, 'errorRate')).toMatchObject({ verdict: 'regressed', candidate: { point: 1 } });
    expect(rowOf(judged, 'p50')).toMatchObject({ verdict: 'not-compared', notComparedReason: 'mostly-failed' });
  });

  it('is not compared by its latency where the candidate answers at last, for the true reason', () => {
    const judged = judge({ status: () => 200 });
    expect(rowOf(judged, 'errorRate')).toMatchObject({ verdict: 'improved' });
    expect(rowOf(judged, 'p50')).toMatchObject({ verdict: 'not-compared', notComparedReason: 'mostly-failed' });
    expect(linesOf(judged)).toContain('Latency not judged, as most requests failed: POST login-wrong (p50 needs 50');
  });
});

describe('a script all of whose requests are refused', () => {
  it('is judged where its checks show that it wants that', () => {
    const refused = { others: false, checks: true };
    expect(verdictOf(judgeStored({ ...refused, factor: 3 }, refused))).toBe('regressed');
    expect(verdictOf(judgeDuet({ ...refused, factor: 3 }, refused))).toBe('regressed');
  });

  it('has failed where nothing shows that, and is told how to show it', () => {
    expect(judgeStored({ others: false }, { others: false }).decided.verdict).toEqual({
      verdict: 'fail',
      reason: 'all-failed',
      detail:
        'every one of 1500 requests failed (401: 1500); a script that is meant to get it says so by http.setResponseCallback(http.expectedStatuses(401))',
    });
    expect(verdictOf(judgeDuet({ others: false }, { others: false }))).toBe('baseline-side-dead');
  });
});

/** 150 s with four iterations a second: a page, and another endpoint whose answers follow `hops`. */
function aRedirectedRun(seed: string, hops: readonly (readonly [path: string, status: number])[]): RunRecord {
  const random = seededRandom(seed);
  const samples: Sample[] = [];
  for (let i = 0; i < 600; i++) {
    const endedAtMs = runStartMs + i * 250 + 50;
    for (const [path, status] of [['page', 200], ...hops] as const) {
      const durationMs = 50 * Math.exp(0.3 * randomNormal(random));
      samples.push(aRequest({ endedAtMs, durationMs, name: `http://shop.example/${path}`, status: String(status) }));
    }
  }
  const day = Number(seed.replaceAll(/\D/g, '')) + 1;
  const record = collected(samples, {}, { id: seed, iterations: 600 });
  return { ...record, startedAt: new Date(Date.UTC(2026, 9, day)).toISOString() };
}

describe('an endpoint of the candidate that redirects', () => {
  const usual = [['cart', 200]] as const;
  const judgeBoth = (hops: readonly (readonly [string, number])[]) => {
    const record = aRedirectedRun('run 9', hops);
    const stored = [1, 2, 3, 4, 5].map((i) => aRedirectedRun(`run ${i}`, usual));
    const validity = judgeValidity(record, { targetWasReady: true });
    const sides = { baseline: aRedirectedRun('a 1', usual), candidate: aRedirectedRun('b 2', hops) };
    return [
      judgeRuns({ ...plan, mode: 'stored' }, { record, validity, stored, warnings: [] }),
      judgePair(plan, { ...sides, targetWasReady: true, paired: { placement: 'one-host', order: 'concurrent' } }),
    ];
  };
  const times = (count: number, ...hops: readonly (readonly [string, number])[]) =>
    Array.from({ length: count }, () => hops).flat();

  it.each([
    ['to itself', times(11, ['cart', 302])],
    ['to another that redirects back', [...times(5, ['cart', 302], ['login', 302]), ['cart', 302] as const]],
    ['to itself, where the script follows four redirects', times(5, ['cart', 307])],
  ])('has failed where it ends in a loop: %s', (_, hops) => {
    for (const judged of judgeBoth(hops)) {
      expect(verdictOf(judged)).toBe('regressed');
      const row = judged.decided.comparison?.comparisons.find(
        ({ subject, metric }) => subject.kind === 'endpoint' && subject.name === 'GET /cart' && metric === 'errorRate',
      );
      expect(row).toMatchObject({ verdict: 'regressed', baseline: { point: 0 }, candidate: { point: 1 } });
      expect(linesOf(judged)).toContain(
        'GET /cart ends in a loop of redirects on the candidate side: its requests count as failed',
      );
    }
  });

  it('has not failed where it has moved and is answered there', () => {
    for (const judged of judgeBoth([
      ['cart', 301],
      ['basket', 200],
    ])) {
      expect(verdictOf(judged)).not.toBe('regressed');
      expect(linesOf(judged)).not.toContain('loop');
    }
  });
});

describe('a record', () => {
  it('keeps the latencies of unexpected answers only where hardly any answer was expected', () => {
    const kept = (status: (i: number) => number) =>
      aRun('run 1', { status }).endpoints.map(({ endpoint, usualAnswers }) => [endpoint, usualAnswers?.status]);
    expect(kept(() => 401)).toEqual([
      ['GET /items', undefined],
      ['POST login-wrong', '401'],
    ]);
    expect(kept((i) => (i % 10 === 0 ? 200 : 401))[1]).toEqual(['POST login-wrong', undefined]);
    expect(kept((i) => (i % 2 === 0 ? 500 : 401))[1]).toEqual(['POST login-wrong', '401']);
    expect(kept(() => 500)[1]).toEqual(['POST login-wrong', undefined]);
  });

  it('grows by no more than the latencies of an ordinary endpoint take', () => {
    const sizeOf = (status: number) => encodeRunRecord(aRun('run 1', { status: () => status })).length;
    expect(sizeOf(401)).toBeLessThan(1.05 * sizeOf(200));
  });

  it('gives the pairs of a duet which statuses were taken for expected ones', () => {
    const { pairs } = pairBlocks(aRun('a 1'), aRun('b 2'));
    const told =
      'POST login-wrong is always answered with 401 in the baseline: its latency is that of these answers, and any other answer counts as failed';
    expect(pairs.map(({ counting }) => counting)).toEqual(pairs.map(() => [told]));
  });
});
