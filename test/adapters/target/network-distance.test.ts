import { afterEach, describe, expect, it, vi } from 'vitest';
import { compareDistance, recognizePlacement } from '../../../src/adapters/target/network-distance.ts';
import { startScriptedTarget } from '../../support/scripted-target.ts';

describe('recognizePlacement', () => {
  it('takes two ports of one machine for one host, by whatever name', async () => {
    const a = { hostname: 'localhost', port: 3000 };
    expect(await recognizePlacement(a, { hostname: '127.0.0.1', port: 3001 })).toBe('one-host');
    expect(await recognizePlacement(a, { hostname: 'localhost', port: 3001 })).toBe('one-host');
  });

  it('takes names of different addresses, or of none, for separate hosts', async () => {
    const a = { hostname: '127.0.0.1', port: 80 };
    expect(await recognizePlacement(a, { hostname: '192.0.2.1', port: 80 })).toBe('separate-hosts');
    expect(await recognizePlacement(a, { hostname: 'nowhere.invalid', port: 80 })).toBe('separate-hosts');
  });
});

describe('compareDistance', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['says which side is clearly further away', 6, '6.0 ms to the baseline and 0.5 ms to the candidate'],
    ['says nothing of a difference below a millisecond', 1.4, undefined],
  ])('%s', async (_, baselineMs, told) => {
    await using target = await startScriptedTarget();
    const near = { hostname: '127.0.0.1', port: target.port };
    // The clock is read at the beginning and at the end of each connection; they go to both sides in turns. Every
    // other one is slow, as on a busy machine, which says nothing of the way.
    let reads = 0;
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      reads++;
      const [isEnd, isToCandidate, isSlow] = [reads % 2 === 0, reads % 4 === 0, reads % 8 > 4];
      if (isEnd) nowMs += (isToCandidate ? 0.5 : baselineMs) + (isSlow ? 9 : 0);
      return nowMs;
    });
    const sentence = await compareDistance(near, near);
    if (told === undefined) expect(sentence).toBeUndefined();
    else expect(sentence).toContain(told);
  });

  it('says nothing of two sides that are equally near, or that can not be reached', async () => {
    await using target = await startScriptedTarget();
    const near = { hostname: '127.0.0.1', port: target.port };
    expect(await compareDistance(near, { hostname: '127.0.0.1', port: 9 })).toBeUndefined();
    expect(await compareDistance(near, near)).toBeUndefined();
  });
});
