import { describe, expect, test } from 'vitest';
import type { ComparisonResult } from '../../../../src/core/comparison/comparison-result.ts';
import { nextMeasurement } from '../../../../src/core/comparison/stored/next-measurement.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { aRow } from '../../../support/a-comparison.ts';

const quiet: ComparisonResult = {
  comparisons: [],
  baselineRuns: 5,
  candidateRuns: 1,
  sharedChange: {},
  suspects: [],
  warnings: [],
};
const suspicious = {
  ...quiet,
  suspects: [{ subject: endpointSubject('GET /cart'), metric: 'p95', relativeChange: 0.2, alphas: 2, needed: 3 }],
} satisfies ComparisonResult;

describe('nextMeasurement', () => {
  test('stops after a quiet first run', () => {
    expect(nextMeasurement(quiet, { canMeasureAfresh: true })).toEqual({ kind: 'stop', reason: 'nothing-suspicious' });
  });

  test('asks for up to two more fresh runs after a suspicious one', () => {
    expect(nextMeasurement(suspicious, { canMeasureAfresh: true })).toMatchObject({ kind: 'confirm', runs: 2 });
    expect(nextMeasurement({ ...suspicious, candidateRuns: 2 }, { canMeasureAfresh: true })).toMatchObject({ runs: 1 });
  });

  test('treats a regression before the last run as a suspicion', () => {
    const red = { ...quiet, comparisons: [aRow({ verdict: 'regressed' })] } satisfies ComparisonResult;
    expect(nextMeasurement(red, { canMeasureAfresh: true }).kind).toBe('confirm');
    expect(nextMeasurement({ ...red, candidateRuns: 3 }, { canMeasureAfresh: true })).toEqual({
      kind: 'stop',
      reason: 'settled',
    });
  });

  test('says so when the budget ends with the suspicion standing', () => {
    expect(nextMeasurement({ ...suspicious, candidateRuns: 3 }, { canMeasureAfresh: true })).toEqual({
      kind: 'stop',
      reason: 'budget-spent',
    });
  });

  test('lets one run decide where no fresh one can be had', () => {
    expect(nextMeasurement(suspicious, { canMeasureAfresh: false })).toEqual({ kind: 'stop', reason: 'settled' });
  });
});
