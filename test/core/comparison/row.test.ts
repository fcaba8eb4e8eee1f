import { describe, expect, it } from 'vitest';
import { type Family, type RowFinding, rowLabel, rowVerdict } from '../../../src/core/comparison/row.ts';
import { allEndpoints, endpointSubject } from '../../../src/core/run-record/subject.ts';

const margin = { relative: 0.1, absolute: 5 };

const nothingFound: RowFinding = { worseBy: 0, isWorse: false, isBetter: false, isShownWithinMargin: () => false };

function verdictOn(finding: Partial<RowFinding>, family: Family = 'latency') {
  return rowVerdict({ ...nothingFound, ...finding }, family, margin);
}

describe('rowVerdict', () => {
  it('calls a change a regression only where it is significant and beyond both parts of the margin', () => {
    const slower = { worseBy: Math.log(1.2), worseByMs: 20, isWorse: true };
    expect(verdictOn(slower)).toBe('regressed');
    expect(verdictOn({ ...slower, isWorse: false })).toBe('inconclusive');
    expect(verdictOn({ ...slower, worseBy: Math.log(1.05) })).toBe('slower-within-margin');
    expect(verdictOn({ ...slower, worseByMs: 4 })).toBe('slower-within-margin');
  });

  it('takes a half for as far from nothing as the double: by ratios a margin of 10 % is passed at 1 / 1.1', () => {
    const faster = { worseByMs: -20, isBetter: true };
    expect(verdictOn({ ...faster, worseBy: -Math.log(1.1001) })).toBe('improved');
    expect(verdictOn({ ...faster, worseBy: -Math.log(1.0999) })).toBe('inconclusive');
  });

  it('measures rates of failures by their difference', () => {
    expect(verdictOn({ worseBy: 0.1, isWorse: true }, 'errors')).toBe('regressed');
    expect(verdictOn({ worseBy: 0.0999, isWorse: true }, 'errors')).toBe('slower-within-margin');
  });

  it('counts any significant rise above the ceiling, and no rise that is not significant', () => {
    const above = { worseBy: 0.01, isAboveCeiling: true };
    expect(verdictOn({ ...above, isWorse: true }, 'errors')).toBe('regressed');
    expect(verdictOn(above, 'errors')).toBe('inconclusive');
  });

  it('never calls better what fails more often', () => {
    const faster = { worseBy: -1, worseByMs: -50, isBetter: true };
    expect(verdictOn(faster)).toBe('improved');
    expect(verdictOn({ ...faster, hasMoreErrors: true })).toBe('inconclusive');
  });

  it('concludes nothing from a change that may be one of the environment', () => {
    expect(verdictOn({ worseBy: 1, worseByMs: 50, isWorse: true, mayBeEnvironment: true })).toBe('inconclusive');
  });

  it('says that nothing got worse only where that is shown', () => {
    expect(verdictOn({})).toBe('inconclusive');
    expect(verdictOn({ isShownWithinMargin: () => true })).toBe('not-regressed');
  });

  it('takes a change in ms that is not known for no small one', () => {
    expect(verdictOn({ worseBy: 1, worseByMs: Number.NaN, isWorse: true })).toBe('regressed');
  });
});

describe('rowLabel', () => {
  it('names the endpoint with the metric, and what is a metric by itself alone', () => {
    expect(rowLabel({ subject: endpointSubject('GET /a'), family: 'latency', metric: 'p95' })).toBe('GET /a p95');
    expect(rowLabel({ subject: { kind: 'metric', name: 'lcp' }, family: 'metrics', metric: 'lcp' })).toBe('lcp');
    const rate = { subject: { ...allEndpoints, job: 'shop' }, family: 'load', metric: 'requestRate' } as const;
    expect(rowLabel(rate)).toBe('shop / requestRate');
  });
});
