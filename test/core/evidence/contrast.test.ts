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

  it('takes a timed part that one side lacks for no time, and any other quantity for unknown', () => {
    const pairs = Array.from({ length: 3 }, () => ({ baseline: {}, candidate: { 'timing:db:ms': 5, items: 3 } }));
    const contrasts = contrastOfPairs(pairs);
    expect(contrasts.get('timing:db:ms')?.added.point).toBe(5);
    expect(contrasts.has('items')).toBe(false);
  });
});

describe('contrastOfRuns', () => {
  it('predicts one more run from those before it', () => {
    const { added, pValue } = contrastOfRuns([{ ms: 98 }, { ms: 100 }, { ms: 102 }], { ms: 150 }).get('ms') ?? {};
    // R: qt(.975, 2) * sd(c(98, 100, 102)) * sqrt(1 + 1/3) = 9.936443; but runs are taken to differ by 3 % at least: qt(.975, 2) * 3
    expect(added?.interval[0]).toBeCloseTo(50 - 4.302653 * 3, 4);
    expect(pValue).toBeLessThan(0.06);
  });

  it('takes fewer than three runs before to differ by a fifth', () => {
    const { added, pValue } = contrastOfRuns([{ ms: 100 }], { ms: 150 }).get('ms') ?? {};
    // qt(.975, 10) is 2.228139, times 100 * .2 * sqrt(2)
    expect(added?.interval[0]).toBeCloseTo(50 - 2.228139 * 20 * Math.SQRT2, 4);
    expect(pValue).toBe(1);
  });
});
