import { describe, expect, it } from 'vitest';
import { contrastOfPairs, contrastOfRuns, signFlipChance } from '../../../src/core/evidence/outside/contrast.ts';
import { randomNormal, seededRandom } from '../../../src/core/stats/random.ts';

describe('signFlipChance', () => {
  it('counts the signs that are as extreme', () => {
    // Of the eight ways to sign 1, 2, 3, the sum is as far from 0 as 6 only with all signs alike: 2 of 8.
    expect(signFlipChance([1, 2, 3])).toBe(0.25);
    // |1 + 2 - 3| = 0 is reached by all.
    expect(signFlipChance([1, 2, -3])).toBe(1);
    expect(signFlipChance([])).toBe(1);
  });

  it.each([12, 20])('with %i pairs finds a difference where there is none in about one of a hundred', (pairs) => {
    const random = seededRandom(7);
    let found = 0;
    for (let build = 0; build < 1_000; build++) {
      // Heavy tails: a normal variate divided by another one's size.
      const differences = Array.from(
        { length: pairs },
        () => randomNormal(random) / (0.3 + Math.abs(randomNormal(random))),
      );
      if (signFlipChance(differences) <= 0.01) found++;
    }
    // Binomial(1000, .01) exceeds 20 with chance .001.
    expect(found).toBeLessThanOrEqual(20);
  });
});

describe('contrastOfPairs', () => {
  it('has the means of both sides, and the difference with Student’s interval', () => {
    const pairs = [1, 2, 3, 4].map((extra) => ({ baseline: { totalMs: 10 }, candidate: { totalMs: 10 + extra } }));
    const { baseline, candidate, added } = contrastOfPairs(pairs).get('totalMs') ?? {};
    expect([baseline, candidate, added?.point, added?.n]).toEqual([10, 12.5, 2.5, 4]);
    // R: t.test(c(1, 2, 3, 4))$conf.int -> 0.4457397 4.5542603
    expect(added?.interval[0]).toBeCloseTo(0.4457397, 6);
    expect(added?.interval[1]).toBeCloseTo(4.5542603, 6);
  });

  it('takes a part that a side with times lacks for no time, and any other quantity for unknown', () => {
    const pairs = Array.from({ length: 3 }, () => ({
      baseline: { timed: 1 },
      candidate: { timed: 1, 'timing:db:ms': 5, items: 3 },
    }));
    const contrasts = contrastOfPairs(pairs);
    expect(contrasts.get('timing:db:ms')?.added.point).toBe(5);
    expect(contrasts.has('items')).toBe(false);
  });

  it('knows nothing of a part where one side began to time parts', () => {
    const pairs = Array.from({ length: 3 }, () => ({ baseline: {}, candidate: { timed: 1, 'timing:db:ms': 5 } }));
    expect(contrastOfPairs(pairs).has('timing:db:ms')).toBe(false);
  });

  it('takes answers that tell nothing of a cache for none of its, where others tell', () => {
    const pairs = Array.from({ length: 8 }, () => ({ baseline: { totalMs: 1, hit: 1 }, candidate: { totalMs: 9 } }));
    expect(contrastOfPairs(pairs).get('hit')?.added.point).toBe(-1);
  });
});

describe('contrastOfRuns', () => {
  it('takes next to nothing for nothing, where all runs had none of it', () => {
    const before = Array.from({ length: 5 }, () => ({ receiveMs: 0, compressed: 0 }));
    const chance = (ms: number, share: number) => {
      const contrasts = contrastOfRuns(before, { receiveMs: ms, compressed: share });
      return [contrasts.get('receiveMs')?.pValue, contrasts.get('compressed')?.pValue];
    };
    expect(chance(0.4, 0.05)).toEqual([1, 1]);
    expect(chance(20, 1)).toEqual([0.05, 0.05]);
  });
});
