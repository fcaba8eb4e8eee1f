import { describe, expect, test } from 'vitest';
import { randomInteger, randomNormal, seededRandom } from '../../../src/core/stats/random.ts';
import { mean, sampleVariance } from '../../../src/core/stats/sample-moments.ts';

describe('seededRandom', () => {
  test('gives the same numbers for the same seed and others for another', () => {
    const draw = (seed: string) => Array.from({ length: 5 }, seededRandom(seed).next);
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  test('is uniform: mean one half, variance one twelfth, every tenth filled alike', () => {
    const { next } = seededRandom(7);
    const values = Array.from({ length: 100_000 }, next);
    expect(mean(values)).toBeCloseTo(0.5, 2);
    expect(sampleVariance(values)).toBeCloseTo(1 / 12, 3);
    const tenths = new Array<number>(10).fill(0);
    for (const value of values) tenths[Math.floor(10 * value)] = (tenths[Math.floor(10 * value)] ?? 0) + 1;
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});

describe('randomInteger', () => {
  test('stays below its bound', () => {
    const random = seededRandom(1);
    for (let i = 0; i < 1000; i++) expect([0, 1, 2]).toContain(randomInteger(random, 3));
  });
});

describe('randomNormal', () => {
  test('has mean 0 and variance 1', () => {
    const random = seededRandom(3);
    const values = Array.from({ length: 50_000 }, () => randomNormal(random));
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(sampleVariance(values)).toBeCloseTo(1, 1);
  });
});
