import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { spentAlpha } from '../../../src/core/stats/alpha-spending.ts';
import { randomNormal, seededRandom } from '../../../src/core/stats/random.ts';
import { criticalValue, SequentialMaxTest } from '../../../src/core/stats/sequential-max-test.ts';
import { drawSignVectors, flippedSums } from '../../../src/core/stats/sign-vectors.ts';

const vectors = (pairs: number, size = 5000) => drawSignVectors(pairs, size, seededRandom('vectors'));

describe('flippedSums', () => {
  test.prop([fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 30 })])(
    'adds each value with the sign that its vector gives it',
    (values) => {
      const drawn = vectors(values.length, 64);
      const sums = new Float64Array(64);
      flippedSums(Float64Array.from(values), drawn, sums);
      for (let v = 0; v < 64; v++) {
        const expected = values.reduce((sum, value, i) => {
          const isFlipped = ((drawn.bytes[i >> 3]?.[v] ?? 0) >> (i & 7)) & 1;
          return sum + (isFlipped ? -value : value);
        }, 0);
        expect(sums[v]).toBeCloseTo(expected, 9);
      }
    },
  );

  it('leaves all signs as they are in vector 0 and turns all of them in its opposite', () => {
    const sums = new Float64Array(64);
    flippedSums(Float64Array.of(1, 2, 4), vectors(3, 64), sums);
    expect([sums[0], sums[32]]).toEqual([7, -7]);
  });
});

describe('criticalValue', () => {
  test.prop([fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 }), fc.nat(45)])(
    'is the smallest value that at most the allowed number reaches',
    (values, allowed) => {
      const reaching = (limit: number) => values.filter((value) => value >= limit).length;
      const possible = values.filter((value) => reaching(value) <= allowed);
      const expected = possible.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...possible);
      expect(criticalValue(Float64Array.from(values), allowed)).toBe(expected);
    },
  );
});

describe('SequentialMaxTest', () => {
  it.each([4, 5, 6, 7])(
    'gives %i pairs that all point one way a p-value of 2 to the power of minus their number',
    (k) => {
      const columns = [Float64Array.from({ length: k }, (_, i) => 1 + i / 10)];
      const { adjustedPValue } = new SequentialMaxTest(vectors(k, 20_000)).look(columns, 0.05);
      expect(adjustedPValue(0)).toBeCloseTo(2 ** -k, 2);
    },
  );

  it('needs five pairs at 5 %, however many columns point the same way', () => {
    const look = (k: number) => {
      const columns = Array.from({ length: 40 }, (_, j) => Float64Array.from({ length: k }, (_, i) => 1 + i + j));
      const { critical, statistics } = new SequentialMaxTest(vectors(k, 20_000)).look(columns, 0.05);
      return Math.max(...statistics) >= critical;
    };
    expect([look(4), look(5)]).toEqual([false, true]);
  });

  it('has the nominal levels of the Kim-DeMets spending function, known from 400,000 simulated paths', () => {
    const random = seededRandom('normal');
    const size = 40_000;
    const drawn = drawSignVectors(200, size, random);
    const column = Float64Array.from({ length: 200 }, () => randomNormal(random));
    const sequential = new SequentialMaxTest(drawn);
    const sums = new Float64Array(size);
    // Ten times as many pairs as in the source, at the same shares of the budget: 60 pairs have enough sign patterns.
    const levels = [60, 80, 100, 120, 140, 160, 180, 200].map((k) => {
      const part = column.subarray(0, k);
      const { critical } = sequential.look([part], spentAlpha(0.05, k / 200));
      flippedSums(part, drawn, sums);
      const norm = Math.hypot(...part);
      return sums.filter((sum) => sum / norm >= critical - 1e-9).length / size;
    });
    const known = [0.0084, 0.0084, 0.0106, 0.0133, 0.0163, 0.0196, 0.0236, 0.028];
    for (const [i, level] of levels.entries()) expect(Math.abs(level - (known[i] as number))).toBeLessThan(0.004);
  });

  it('removes at most the alpha spent, so that later looks have only the rest', () => {
    const random = seededRandom('noise');
    const columns = Array.from({ length: 8 }, () => Float64Array.from({ length: 30 }, () => randomNormal(random)));
    const sequential = new SequentialMaxTest(vectors(30));
    const criticals = [10, 20, 30].map(
      (k) =>
        sequential.look(
          columns.map((column) => column.subarray(0, k)),
          spentAlpha(0.05, k / 30),
        ).critical,
    );
    const single = new SequentialMaxTest(vectors(30)).look(columns, 0.05).critical;
    expect(criticals[2]).toBeGreaterThanOrEqual(single);
  });

  it('can reject nothing in columns of zeros', () => {
    const { critical, statistics, adjustedPValue } = new SequentialMaxTest(vectors(10)).look(
      [new Float64Array(10), new Float64Array(10)],
      0.05,
    );
    expect([...statistics]).toEqual([0, 0]);
    expect(0 >= critical).toBe(false);
    expect(adjustedPValue(0)).toBe(1);
  });

  test.prop([fc.double({ min: 0.001, max: 1000, noNaN: true })])('knows no unit', (unit) => {
    const random = seededRandom('unit');
    const column = Float64Array.from({ length: 20 }, () => 0.3 + randomNormal(random));
    const look = (values: Float64Array) => new SequentialMaxTest(vectors(20, 500)).look([values], 0.05);
    const [one, other] = [look(column), look(column.map((value) => value * unit))];
    expect(other.statistics[0]).toBeCloseTo(one.statistics[0] as number, 9);
    expect(other.pValues[0]).toBe(one.pValues[0]);
  });
});
