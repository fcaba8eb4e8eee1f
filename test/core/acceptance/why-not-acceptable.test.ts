import { describe, expect, it } from 'vitest';
import { whyNotAcceptable } from '../../../src/core/acceptance/accept-run.ts';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { slowed, someRuns } from '../../support/a-steady-run.ts';

const endpoints = { 'GET /a': { medianMs: 100, requests: 500 }, 'GET /b': { medianMs: 50, requests: 500 } };
const measured = someRuns(9, endpoints, seededRandom('why not'));

/** One run a day, green or red as `levels` says. */
function runs(levels: string): RunRecord[] {
  return [...levels].map((level, i) => {
    const run = measured[i] as RunRecord;
    return level === 'g' ? run : { ...slowed(run, 1.5), quarantined: { reason: 'GET /a p95 rose' } };
  });
}

describe('whyNotAcceptable', () => {
  const judge = (levels: string, at: number) => {
    const stored = runs(levels);
    return whyNotAcceptable(stored[at] as RunRecord, stored)?.why;
  };

  it.each([
    ['ggggr', 4],
    ['ggggrr', 5],
    ['ggggrr', 4],
  ])('lets a new level begin with a red run that nothing green followed: %s, run %d', (levels, at) => {
    expect(judge(levels, at)).toBeUndefined();
  });

  it('lets a new level begin with a run that is not stored yet', () => {
    const [candidate, ...stored] = runs('ggggg').reverse() as [RunRecord, ...RunRecord[]];
    expect(whyNotAcceptable(candidate, stored.reverse())).toBeUndefined();
  });

  it.each([
    ['ggggg', 4, 'not red'],
    ['ggggrg', 4, 'came after it'],
    ['ggggrrr', 6, 'the baseline already'],
    ['ggggrrr', 4, 'the baseline already'],
  ])('refuses what is no new level: %s, run %d, %s', (levels, at, why) => {
    expect(judge(levels, at)).toContain(why);
  });

  it('refuses a run that was measured beside another one', () => {
    const stored = runs('ggggr');
    const beside = {
      ...(stored[4] as RunRecord),
      provenance: { pair: { id: 'x', side: 'candidate', order: 0 } as const },
    };
    expect(whyNotAcceptable(beside, stored.with(4, beside))?.why).toContain('measured beside another run');
  });

  it('ignores green runs of another load', () => {
    const [other, ...rest] = runs('ggggrg').reverse() as [RunRecord, ...RunRecord[]];
    const stored = [
      ...rest.reverse(),
      { ...other, fingerprint: { ...other.fingerprint, hard: { ...other.fingerprint.hard, name: 'other' } } },
    ];
    expect(whyNotAcceptable(stored[4] as RunRecord, stored)).toBeUndefined();
  });
});
