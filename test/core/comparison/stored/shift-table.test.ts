import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { mediansOfOthers, specificShifts, totalShifts } from '../../../../src/core/comparison/stored/shift-tests.ts';
import { median } from '../../../../src/core/stats/sample-moments.ts';

describe('mediansOfOthers', () => {
  propertyTest.prop([fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 2, maxLength: 12 })])(
    'is what leaving out one value after another gives',
    (values) => {
      const slow = values.map((_, j) => median(values.filter((_value, k) => k !== j)));
      for (const [j, value] of mediansOfOthers(values).entries()) expect(value).toBeCloseTo(slow[j] as number, 12);
    },
  );

  test('ignores missing values and is 0 where none is left', () => {
    expect(mediansOfOthers([Number.NaN, 2, 4])).toEqual([3, 4, 2]);
    expect(mediansOfOthers([7])).toEqual([0]);
  });
});

describe('ownParts', () => {
  const table = (candidate: number[]) => ({
    window: candidate.map(() => [-0.1, 0, 0.1]),
    candidate: candidate.map((v) => [v]),
  });

  test('takes most of what the others did off each', () => {
    const [first, ...others] = specificShifts(totalShifts(table([0.5, 0.1, 0.1, 0.1, 0.1])));
    expect(first?.shift).toBeCloseTo(0.5 - 0.8 * 0.1, 12);
    for (const other of others) expect(other.shift).toBeCloseTo(0.1 - 0.8 * 0.1, 12);
  });

  test('takes nothing off a single endpoint', () => {
    const shifts = totalShifts(table([0.5]));
    expect(specificShifts(shifts)).toEqual(shifts);
  });

  propertyTest.prop([fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 9 })])(
    'negates when the candidate moves the other way, with an even number of endpoints too',
    (values) => {
      const there = specificShifts(totalShifts(table(values)));
      const back = specificShifts(totalShifts(table(values.map((value) => -value))));
      for (const [j, { shift }] of there.entries()) expect(back[j]?.shift).toBeCloseTo(-shift, 12);
    },
  );
});
