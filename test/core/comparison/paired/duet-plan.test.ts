import { describe, expect, it } from 'vitest';
import { looksAt, planDuetTest } from '../../../../src/core/comparison/paired/duet-plan.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

describe('planDuetTest', () => {
  it('fixes the looks of the planned pairs and leaves everything else as it is', () => {
    const rest = {
      thresholds: someThresholds(),
      placement: 'one-host',
      order: 'alternating',
      seed: 'a duet',
      isClosedModel: true,
      equalCodeDuets: [],
    } as const;
    expect(planDuetTest({ ...rest, plannedPairs: 40 })).toEqual({
      ...rest,
      looks: [6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40],
    });
  });
});

describe('looksAt', () => {
  it('looks at every pair of a short duet once there are enough, and at its end in any case', () => {
    expect(looksAt(8)).toEqual([5, 6, 7, 8]);
    expect(looksAt(3)).toEqual([3]);
    expect(looksAt(0)).toEqual([1]);
  });
});
