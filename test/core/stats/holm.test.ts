import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { holm } from '../../../src/core/stats/holm.ts';

const pValue = fc.double({ min: 1e-12, max: 1, noNaN: true });

describe('holm', () => {
  test('multiplies the smallest by the number of tests, the next by one less, and keeps the order', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });

  test('leaves a single test alone and an empty family empty', () => {
    expect(holm([0.2])).toEqual([0.2]);
    expect(holm([])).toEqual([]);
  });

  propertyTest.prop([fc.array(pValue, { minLength: 1, maxLength: 30 })])(
    'never lowers a p-value, never passes 1, never swaps two',
    (values) => {
      const adjusted = holm(values);
      for (const [i, p] of values.entries()) {
        expect(adjusted[i]).toBeGreaterThanOrEqual(p);
        expect(adjusted[i]).toBeLessThanOrEqual(1);
        for (const [j, q] of values.entries()) {
          if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] as number);
        }
      }
    },
  );
});
