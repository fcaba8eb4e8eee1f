import { describe, expect, it } from 'vitest';
import { ColumnView } from '../../../../src/core/comparison/paired/latency-family.ts';
import { ratioColumn } from '../../../../src/core/comparison/paired/paired-columns.ts';
import { randomNormal, seededRandom } from '../../../../src/core/stats/random.ts';

function view(shift: number, pairs = 40, deflation = 1): ColumnView {
  const random = seededRandom('column');
  const logs = Float64Array.from({ length: pairs }, () => shift + 0.2 * randomNormal(random));
  return new ColumnView(ratioColumn('ratio', 'ratio', 1, logs), deflation);
}

describe('ColumnView', () => {
  it.each([0.2, 0.7, -0.7, 1.5])('needs the same change to see it, whether it moved by %d or not at all', (shift) => {
    expect(view(shift).detectable(3, 0)).toBeCloseTo(view(0).detectable(3, 0), 3);
    expect(view(shift).pairsFor(0.1)).toBe(view(0).pairsFor(0.1));
  });

  it('states the size that 80 % of such columns show', () => {
    const random = seededRandom('power');
    const column = (shift: number) => {
      const logs = Float64Array.from({ length: 40 }, () => shift + 0.2 * randomNormal(random));
      return new ColumnView(ratioColumn('ratio', 'ratio', 1, logs), 1);
    };
    const sizes = Array.from({ length: 50 }, () => column(0).detectable(3, 0));
    const size = sizes.reduce((sum, value) => sum + value, 0) / sizes.length;
    let found = 0;
    for (let trial = 0; trial < 500; trial++) if (column(size).statistic(0) >= 3) found++;
    expect(found / 500).toBeGreaterThan(0.7);
    expect(found / 500).toBeLessThan(0.9);
  });

  it('sees nothing where the critical value exceeds what so few pairs can reach', () => {
    expect(view(0, 9).detectable(3, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(view(0, 40, 2.2).detectable(3, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
