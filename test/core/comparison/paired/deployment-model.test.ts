import { describe, expect, it } from 'vitest';
import { changeKey, equalCodeDuets, summarizeDuet } from '../../../../src/core/comparison/paired/deployment-model.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { duetPairs, duetRecords } from '../../../support/paired-runs.ts';

const { baseline, candidate } = duetRecords(
  duetPairs({
    endpoints: 2,
    pairs: 20,
    requestsPerBlock: 20,
    slowdown: (j) => 1 + j / 2,
    blockDeviation: 0,
    seed: 'm',
  }),
);

function stored(record: RunRecord, side: 'baseline' | 'candidate', pair: string, commit: string): RunRecord {
  return { ...record, provenance: { commit, pair: { id: pair, side, order: 0 } } };
}

describe('summarizeDuet', () => {
  it('reads off the ln ratio of each quantile that has enough requests', () => {
    const { changes } = summarizeDuet(baseline, candidate);
    expect(changes.get(changeKey(endpointSubject('GET /1'), 'p50'))).toBeCloseTo(Math.log(1.5), 0);
    expect(changes.get(changeKey(endpointSubject('GET /0'), 'p50'))).toBeCloseTo(0, 0);
    expect(changes.has(changeKey(endpointSubject('GET /0'), 'p99'))).toBe(false);
  });
});

describe('equalCodeDuets', () => {
  it('finds the two sides of each pair', () => {
    const records = [stored(baseline, 'baseline', 'one', 'abc'), stored(candidate, 'candidate', 'one', 'abc')];
    expect(equalCodeDuets(records, 'shop')).toEqual([summarizeDuet(baseline, candidate)]);
  });

  it('leaves out pairs of unlike code, single sides and runs without a pair', () => {
    const unlike = [stored(baseline, 'baseline', 'two', 'abc'), stored(candidate, 'candidate', 'two', 'def')];
    expect(equalCodeDuets([...unlike, stored(baseline, 'baseline', 'three', 'abc'), candidate], 'shop')).toEqual([]);
  });

  it('leaves out pairs of another name', () => {
    const records = [stored(baseline, 'baseline', 'one', 'abc'), stored(candidate, 'candidate', 'one', 'abc')];
    expect(equalCodeDuets(records, 'mail')).toEqual([]);
  });
});
