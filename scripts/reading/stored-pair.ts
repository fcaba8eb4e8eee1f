import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { pairBlocks } from '../../src/core/comparison/paired/paired-blocks.ts';
import { buildReport, type Report } from '../../src/core/report/model/report-model.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { decodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import { measureAndJudgeDuet } from '../../src/gate/duet.ts';
import type { DuetMeasurer } from '../../src/ports.ts';
import { someThresholds } from '../../test/support/some-thresholds.ts';
import { blockLengthMs, judgedS, pairFiles } from './pair-files.ts';

/** The report on the stored pair, judged look by look as it was while the load ran: the same bytes each time. */
export async function reportOnStoredPair(): Promise<Report> {
  const [baseline, candidate] = await Promise.all([readRun('baseline'), readRun('candidate')]);
  const plan = {
    name: 'demo',
    thresholds: someThresholds(),
    failOn: ['regressed', 'k6-thresholds', 'invalid'],
    scripts: ['k6-scripts/steady.js'],
  } as const;
  const world = {
    measurer: replay(baseline, candidate),
    progress: { show: () => undefined, end: () => undefined },
    signal: new AbortController().signal,
  };
  return buildReport(await measureAndJudgeDuet(plan, world, { stored: [], warnings: [] }));
}

/** Hands on the pairs of both records one by one, as they came in. */
function replay(baseline: RunRecord, candidate: RunRecord): DuetMeasurer {
  return {
    measure: async (begin) => {
      const judge = begin({
        pairId: candidate.provenance.pair?.id ?? '',
        plannedPairs: (judgedS * 1000) / blockLengthMs,
        blockLengthMs,
        order: 'concurrent',
        placement: 'one-host',
        isClosedModel: false,
      });
      const { pairs } = pairBlocks(baseline, candidate);
      for (let count = 1; count <= pairs.length; count++)
        if (judge.look(pairs.slice(0, count), { sides: [], endBlock: count }) === 'stop') break;
      return { kind: 'measured', baseline, candidate, warnings: [], wasInterrupted: false };
    },
  };
}

async function readRun(side: 'baseline' | 'candidate'): Promise<RunRecord> {
  const file = pairFiles[side];
  return decodeRunRecord(gunzipSync(await readFile(file)).toString(), file);
}
