import { describe, expect, it } from 'vitest';
import { judgePair } from '../src/judge.ts';
import { balanced, duetPairs, duetRecords } from './support/paired-runs.ts';

const plan = { name: 'shop', thresholds: balanced, failOn: ['regressed', 'k6-thresholds', 'invalid'] } as const;

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
});
