import { describe, expect, it } from 'vitest';
import { findTwoModes } from '../../../src/core/comparison/two-modes.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal, seededRandom } from '../../../src/core/stats/random.ts';

/** Quick answers around 6 ms, and the given share of slow ones around 470 ms. */
function cached(share: number, requests: number, random: Random): LatencySketch {
  return LatencySketch.of(
    Array.from({ length: requests }, () => {
      const center = random.next() < share ? 470 : 6;
      return center * Math.exp(0.1 * randomNormal(random));
    }),
  );
}

function unimodal(deviation: number, requests: number, random: Random, center = 50): LatencySketch {
  return LatencySketch.of(Array.from({ length: requests }, () => center * Math.exp(deviation * randomNormal(random))));
}

const random = () => seededRandom('two modes');

describe('findTwoModes', () => {
  it('finds the modes where the share of slow answers lies about the quantile', () => {
    const source = random();
    const found = findTwoModes([0.03, 0.045, 0.05, 0.06, 0.07].map((share) => cached(share, 1000, source)));
    expect(found?.quickMs).toBeCloseTo(6, 0);
    expect(found?.slowMs).toBeGreaterThan(440);
    expect(found?.slowMs).toBeLessThan(500);
  });

  it('finds them where all runs happen to have the quantile on one side and the next may not', () => {
    const source = random();
    const runs = Array.from({ length: 5 }, () => cached(0.043, 1000, source));
    expect(runs.every((run) => run.quantile(0.95) < 10)).toBe(true);
    expect(findTwoModes(runs)).toBeDefined();
  });

  it.each([0.01, 0.2, 0.5])('lets the quantile be judged where a share of %d is slow in every run', (share) => {
    const source = random();
    expect(findTwoModes(Array.from({ length: 5 }, () => cached(share, 1000, source)))).toBeUndefined();
  });

  it.each([0.05, 0.3, 1, 1.5])('sees one mode in a lognormal of deviation %d, however the runs differ', (deviation) => {
    const source = random();
    const runs = Array.from({ length: 6 }, (_, i) => unimodal(deviation, 600, source, 50 * 1.3 ** i));
    expect(findTwoModes(runs)).toBeUndefined();
  });

  it('is not misled by a few answers between the modes', () => {
    const source = random();
    const runs = [0.035, 0.05, 0.065, 0.05].map((share) => {
      const sketch = cached(share, 1000, source);
      for (const ms of [20, 60, 150]) sketch.add(ms);
      return sketch;
    });
    expect(findTwoModes(runs)).toBeDefined();
  });

  it('says nothing of a single run', () => {
    expect(findTwoModes([cached(0.05, 1000, random())])).toBeUndefined();
  });
});
