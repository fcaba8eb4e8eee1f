import { describe, expect, it } from 'vitest';
import { followDuet } from '../../../../src/core/comparison/paired/duet-test.ts';
import { pairBlocks } from '../../../../src/core/comparison/paired/paired-blocks.ts';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import { reportJson } from '../../../../src/core/report/render/report-json.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { judgePair } from '../../../../src/gate/judge.ts';
import { balanced, duetPairs, duetRecords } from '../../../support/paired-runs.ts';

const paired = { placement: 'one-host', order: 'concurrent' } as const;

/** The two runs of a duet of 20 pairs in whose blocks 3 and 4 the candidate made no request, and in 11 the baseline. */
function runsWithGaps() {
  const { baseline, candidate } = duetRecords(
    duetPairs({ endpoints: 2, pairs: 20, requestsPerBlock: 20, seed: 'gap' }),
  );
  return { baseline: without(baseline, [11]), candidate: without(candidate, [3, 4]) };
}

function without(record: RunRecord, blocks: readonly number[]): RunRecord {
  const endpoints = record.endpoints.map((series) => ({
    ...series,
    blocks: series.blocks.filter(({ index }) => !blocks.includes(index)),
  }));
  return { ...record, endpoints };
}

/** What a test said that was told of the pairs while they were measured. */
function followed({ baseline, candidate }: ReturnType<typeof runsWithGaps>) {
  const duet = followDuet({ ...paired, thresholds: balanced, looks: [10, 20], seed: 'pair' });
  duet.look(pairBlocks(baseline, candidate).pairs);
  duet.conclude();
  return duet.result();
}

function reportOf(isFollowed: boolean) {
  const runs = runsWithGaps();
  const plan = { name: 'shop', thresholds: balanced, failOn: ['regressed'] } as const;
  const facts = { ...runs, targetWasReady: isFollowed, paired };
  return buildReport(judgePair(plan, isFollowed ? { ...facts, followed: followed(runs) } : facts));
}

describe('the report of a duet in which each side stood still', () => {
  it('counts the blocks without a counterpart, whether it was followed or compared afterwards', () => {
    expect(reportJson(reportOf(true)).pairs).toEqual({ planned: 20, used: 17, onlyBaseline: 2, onlyCandidate: 1 });
    expect(reportJson(reportOf(false)).pairs).toEqual({ planned: 17, used: 17, onlyBaseline: 2, onlyCandidate: 1 });
  });

  it('says so where it tells how the verdict came about', () => {
    const step = reportOf(true).trail.find(({ title }) => title === 'Compared with');
    expect(step?.text).toContain('17 pairs of time blocks out of 20 planned; 3 blocks had no counterpart');
  });
});
