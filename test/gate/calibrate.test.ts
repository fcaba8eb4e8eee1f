import { describe, expect, it } from 'vitest';
import type { BlockPair } from '../../src/core/comparison/paired/paired-blocks.ts';
import type { CalibrationReport } from '../../src/core/report/render/calibration-report.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { GateError } from '../../src/errors.ts';
import { type CalibrationWorld, runCalibration } from '../../src/gate/calibrate.ts';
import type { BaselineStore, DuetMeasurement, DuetMeasurer } from '../../src/ports.ts';
import { balanced, duetPairs, duetRecords } from '../support/paired-runs.ts';
import { recordedLog } from '../support/recorded-log.ts';

const plan = { name: 'shop', thresholds: balanced };
const quiet = { endpoints: 2, pairs: 24, requestsPerBlock: 40, seed: 'quiet' } as const;

/** The same code measured on both sides, as pair `id`. */
function equalCodeRuns(pairs: readonly BlockPair[], id: string): { baseline: RunRecord; candidate: RunRecord } {
  const runs = duetRecords(pairs);
  const of = (side: 'baseline' | 'candidate', order: number): RunRecord => ({
    ...runs[side],
    id: `${id}-${side}`,
    provenance: { ...runs[side].provenance, pair: { id, side, order, isEqualCode: true } },
  });
  return { baseline: of('baseline', 0), candidate: of('candidate', 1) };
}

/** Hands on pair after pair, whatever the answer, and says how often it was told to stop. */
function measurerOf(pairs: readonly BlockPair[], id = 'now') {
  const asked = { looks: 0, stops: 0 };
  const measurer: DuetMeasurer = {
    measure: async (begin): Promise<DuetMeasurement> => {
      const judge = begin({
        ...{ pairId: id, plannedPairs: pairs.length, blockLengthMs: 5_000, isClosedModel: false },
        ...{ order: 'concurrent', placement: 'one-deployment' },
      });
      for (let count = 1; count <= pairs.length; count++) {
        asked.looks++;
        if (judge.look(pairs.slice(0, count), { sides: [], endBlock: count }) === 'stop') asked.stops++;
      }
      return { kind: 'measured', ...equalCodeRuns(pairs, id), warnings: ['the network'], wasInterrupted: false };
    },
  };
  return { measurer, asked };
}

function aWorld(measurer: DuetMeasurer, overrides: Partial<CalibrationWorld> = {}) {
  const stored: RunRecord[] = [];
  const rendered: CalibrationReport[] = [];
  const log = recordedLog();
  const store: BaselineStore = {
    label: 'a list',
    list: async () => ({ records: [...stored], warnings: [] }),
    append: async (record) => void stored.push(record),
  };
  const world: CalibrationWorld = {
    ...{ measurer, store, log, onInterrupt: 'report' },
    progress: { show: () => {}, end: () => {} },
    write: async (report) => void rendered.push(report),
    signal: new AbortController().signal,
    ...overrides,
  };
  return { world, stored, rendered, log };
}

describe('runCalibration', () => {
  it('measures to the end even what would be a regression, and keeps both sides', async () => {
    const { measurer, asked } = measurerOf(duetPairs({ ...quiet, slowdown: () => 2 }));
    const { world, stored, rendered, log } = aWorld(measurer);
    expect(await runCalibration(plan, world)).toMatchObject({ kind: 'calibrated' });
    expect(asked).toEqual({ looks: 24, stops: 0 });
    expect(stored.map(({ id }) => id)).toEqual(['now-baseline', 'now-candidate']);
    expect(rendered[0]?.headline).toBe('shop: 24 pairs of 5 s with the same code on both sides');
    expect(log.lines).toContain('warn: the network');
  });

  it('learns from earlier calibrations of its own name, and from no others', async () => {
    const { measurer } = measurerOf(duetPairs(quiet));
    const { world, stored, rendered } = aWorld(measurer);
    const earlier = Object.values(equalCodeRuns(duetPairs({ ...quiet, seed: 'earlier' }), 'earlier'));
    const others = Object.values(equalCodeRuns(duetPairs({ ...quiet, seed: 'others' }), 'others'));
    stored.push(...earlier);
    for (const run of others) {
      stored.push({ ...run, fingerprint: { ...run.fingerprint, hard: { ...run.fingerprint.hard, name: 'other' } } });
    }
    await runCalibration(plan, world);
    expect(rendered[0]?.notes[0]).toMatch(/^\d of 2 unchanged builds /);
  });

  it('leaves no trace of a canceled calibration', async () => {
    const { measurer } = measurerOf(duetPairs(quiet));
    const { world, stored, rendered } = aWorld(measurer, {
      signal: AbortSignal.abort(),
      onInterrupt: 'leave-no-trace',
    });
    expect(await runCalibration(plan, world)).toEqual({ kind: 'interrupted' });
    expect([...stored, ...rendered]).toEqual([]);
  });

  it('keeps nothing of sides that can not be compared', async () => {
    const dead = duetPairs({ ...quiet, errorRates: [0, 1] });
    const { world, stored } = aWorld(measurerOf(dead).measurer);
    expect(await runCalibration(plan, world)).toMatchObject({
      kind: 'not-measured',
      detail: expect.stringContaining('the candidate side'),
    });
    expect(stored).toEqual([]);
  });

  it('still tells what it measured when that can not be stored', async () => {
    const full = async () => {
      throw new GateError('STORE_WRITE_FAILED', 'no space left', 'Make room.');
    };
    const store: BaselineStore = { label: 'full', list: async () => ({ records: [], warnings: [] }), append: full };
    const { world, rendered, log } = aWorld(measurerOf(duetPairs(quiet)).measurer, { store });
    expect(await runCalibration(plan, world)).toMatchObject({ kind: 'calibrated' });
    expect(rendered).toHaveLength(1);
    expect(log.lines.join()).toContain('Both sides could not be stored: no space left. Make room.');
  });
});
