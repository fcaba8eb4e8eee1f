import { readFileSync } from 'node:fs';
import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { changePoints } from '../../../src/core/stats/change-point.ts';
import { randomNormal, seededRandom } from '../../../src/core/stats/random.ts';

const options = { maxP: 0.001, minSegment: 5, minRelativeChange: 0.05 };

const tigerBeetle = JSON.parse(
  readFileSync(new URL('../../fixtures/series/tigerbeetle.json', import.meta.url), 'utf8'),
) as { readonly values: number[] };

describe('changePoints', () => {
  test('finds the two level changes beyond 5 % of the public TigerBeetle series, as Otava does', () => {
    expect(changePoints(tigerBeetle.values, options)).toEqual([15, 71]);
  });

  test('finds the same small ones as Otava at p < .001, but for those that only its sliding windows show', () => {
    const otava = [15, 61, 71, 95, 117, 131, 142, 148, 192, 212, 260];
    const found = changePoints(tigerBeetle.values, { ...options, minRelativeChange: 0 });
    expect(otava).toEqual(expect.arrayContaining(found));
    expect(found).toEqual(expect.arrayContaining([15, 61, 71, 95, 131, 192]));
  });

  test('finds a step where it is', () => {
    const random = seededRandom(1);
    const series = Array.from({ length: 30 }, (_, i) => (i < 18 ? 100 : 120) + randomNormal(random));
    expect(changePoints(series, options)).toEqual([18]);
  });

  test('finds nothing in a flat, a constant or a short series', () => {
    const random = seededRandom(2);
    expect(
      changePoints(
        Array.from({ length: 40 }, () => 100 + randomNormal(random)),
        options,
      ),
    ).toEqual([]);
    expect(changePoints(new Array(20).fill(3), options)).toEqual([]);
    expect(changePoints([1, 2, 3], options)).toEqual([]);
    expect(changePoints([], options)).toEqual([]);
  });

  test('does not call one outlier a change', () => {
    const random = seededRandom(3);
    const series = Array.from({ length: 30 }, (_, i) => (i === 12 ? 300 : 100 + randomNormal(random)));
    expect(changePoints(series, options)).toEqual([]);
  });

  propertyTest.prop([fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { maxLength: 60 })])(
    'returns ascending positions that leave enough points on either side',
    (series) => {
      const bounds = [0, ...changePoints(series, options), series.length];
      for (let i = 1; i < bounds.length; i++) {
        const length = (bounds[i] as number) - (bounds[i - 1] as number);
        if (bounds.length > 2) expect(length).toBeGreaterThanOrEqual(options.minSegment);
      }
    },
  );
});
