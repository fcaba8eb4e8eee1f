import { describe, expect, it } from 'vitest';
import { equalLooks, spentAlpha } from '../../../src/core/stats/alpha-spending.ts';

describe('spentAlpha', () => {
  it('has spent nothing at the start and everything at the end', () => {
    expect(spentAlpha(0.05, 0)).toBe(0);
    expect(spentAlpha(0.05, 1)).toBe(0.05);
  });

  it('spends by the power 1.5 of the progress', () => {
    expect(spentAlpha(0.05, 0.25)).toBeCloseTo(0.05 / 8, 12);
  });

  it('never spends more than alpha, however long the measuring goes on', () => {
    expect(spentAlpha(0.05, 1.3)).toBe(0.05);
  });
});

describe('equalLooks', () => {
  it('looks at equal distances and last at the end', () => {
    expect(equalLooks(40, 10)).toEqual([8, 12, 16, 20, 24, 28, 32, 36, 40]);
  });

  it('leaves out looks at so few pairs that nothing can be significant', () => {
    expect(equalLooks(20, 20)[0]).toBe(5);
  });

  it('looks once at few pairs', () => {
    expect(equalLooks(3, 10)).toEqual([3]);
  });
});
