import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localDirectoryStore } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import { applyAtMerge } from '../../src/core/acceptance/apply-acceptance.ts';
import { looksAt } from '../../src/core/comparison/paired/duet-plan.ts';
import type { BlockPair } from '../../src/core/comparison/paired/paired-blocks.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { GateError } from '../../src/errors.ts';
import { type GatePlan, runDuet, runGate, type World } from '../../src/gate/gate.ts';
import type { Confirmation } from '../../src/gate/settle-suspicion.ts';
import type { Acceptor, DuetMeasurer, DuetState, Measurement, Measurer, RenderedReport } from '../../src/ports.ts';
import { aMeasuredRun } from '../support/a-measured-run.ts';
import { duetPairs, duetRecords } from '../support/paired-runs.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { someThresholds } from '../support/some-thresholds.ts';

const plan: GatePlan = {
  name: 'shop',
  mode: 'stored',
  thresholds: someThresholds(),
  failOn: ['regressed', 'k6-thresholds', 'invalid'],
};
let directory: string;
let rendered: RenderedReport[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailgate-gate-'));
  rendered = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A run in which each of five endpoints takes `factor` times its usual 80 to 120 ms, with a little wobble of its own. */
function run(id: string, factor = 1): RunRecord {
  const names = ['GET /a', 'GET /b', 'GET /c', 'GET /d', 'GET /e'];
  const base = aMeasuredRun(Object.fromEntries(names.map((name) => [name, 1000])), {
    id,
    startedAt: `2026-11-25T10:0${id}:00Z`,
  });
  const wobble = (index: number) => 1 + 0.01 * Math.sin(Number(id) * 7 + index);
  return {
    ...base,
    endpoints: base.endpoints.map((series, index) => ({
      ...series,
      blocks: [
        {
          index: 0,
          failedRequests: 0,
          latency: LatencySketch.of(Array.from({ length: 1000 }, (_, i) => (80 + (i % 41)) * wobble(index) * factor)),
        },
      ],
    })),
  };
}

function world(
  measurement: Measurement,
  overrides: Partial<World & { readonly measurer: Measurer }> = {},
): World & { readonly measurer: Measurer; readonly log: ReturnType<typeof recordedLog> } {
  return {
    measurer: { measure: async () => measurement },
    store: localDirectoryStore(directory, 'dir:baselines'),
    sinks: [{ label: 'collector', write: async (report) => void rendered.push(report) }],
    signal: new AbortController().signal,
    onInterrupt: 'report',
    ...overrides,
    log: recordedLog(),
  };
}

const measured = (record: RunRecord): Measurement => ({ kind: 'measured', record });
const storedRuns = async () => (await localDirectoryStore(directory, '').list()).records;

async function recordRuns(count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await runGate({ ...plan, mode: 'record' }, world(measured(run(String(i)))));
  rendered = [];
}

describe('runGate', () => {
  it('records runs until there is a baseline, then passes an unchanged run without storing it', async () => {
    await recordRuns(4);
    const result = await runGate(plan, world(measured(run('5'))));
    expect(result).toMatchObject({
      kind: 'decided',
      decided: { verdict: { verdict: 'pass' }, outcome: { exitCode: 0 } },
    });
    expect(await storedRuns()).toHaveLength(4);
  });

  it('fails a run in which everything takes twice as long, and reports before that', async () => {
    await recordRuns(4);
    const result = await runGate(plan, world(measured(run('5', 2))));
    expect(result).toMatchObject({
      decided: { verdict: { verdict: 'fail', reason: 'regressed' }, outcome: { exitCode: 1 } },
    });
    expect(rendered.at(-1)?.json).toContain('"verdict": "fail"');
  });

  it('leaves a slow run to the job that decides: failed, and still exit code 0', async () => {
    await recordRuns(4);
    const result = await runGate({ ...plan, onlyMeasures: true }, world(measured(run('5', 2))));
    expect(result).toMatchObject({
      decided: {
        verdict: { verdict: 'fail', reason: 'regressed' },
        outcome: { exitCode: 0, conclusion: 'neutral' },
      },
    });
    expect(rendered.at(-1)?.markdown).toContain('another job decides; a first look: all endpoints together got slower');
    const { reason, detail, hint } = {
      reason: 'target-not-ready',
      detail: 'nobody answers',
      hint: 'start it',
    } as const;
    const nothing = await runGate(
      { ...plan, onlyMeasures: true },
      world({ kind: 'not-measured', reason, detail, hint }),
    );
    expect(nothing).toMatchObject({ decided: { verdict: { verdict: 'invalid' }, outcome: { exitCode: 3 } } });
  });

  it('stores a red run of the default branch as quarantined, outside the window', async () => {
    await recordRuns(4);
    await runGate({ ...plan, mode: 'record' }, world(measured(run('5', 2))));
    const stored = await storedRuns();
    expect(stored.map((record) => record.quarantined !== undefined)).toEqual([false, false, false, false, true]);
    const next = await runGate(plan, world(measured(run('6'))));
    expect(next).toMatchObject({ decided: { verdict: { verdict: 'pass' } } });
  });

  it('stores nothing of a run to which everything failed', async () => {
    const failed = (id: string): RunRecord => ({
      ...run(id),
      endpoints: run(id).endpoints.map((series) => ({
        ...series,
        blocks: series.blocks.map((block) => ({
          ...block,
          latency: LatencySketch.of([]),
          failedRequests: block.latency.count,
        })),
      })),
    });
    const result = await runGate({ ...plan, mode: 'record' }, world(measured(failed('1'))));
    expect(result).toMatchObject({ decided: { verdict: { verdict: 'fail', reason: 'all-failed' } } });
    expect(await storedRuns()).toEqual([]);
  });

  it('stores nothing of a run that is not fit to be judged', async () => {
    const aborted = {
      ...run('1'),
      exit: { class: 'aborted', code: 105, crossedThresholds: [], thrownIterations: 0 } as const,
    };
    const result = await runGate({ ...plan, mode: 'record' }, world(measured(aborted)));
    expect(result).toMatchObject({ decided: { verdict: { verdict: 'invalid' }, outcome: { exitCode: 3 } } });
    expect(await storedRuns()).toEqual([]);
  });

  it('reports what could not be measured as invalid, with reason and hint', async () => {
    const measurement = {
      kind: 'not-measured',
      reason: 'target-not-ready',
      detail: 'nobody answers',
      hint: 'start it',
    } as const;
    const result = await runGate(plan, world(measurement));
    expect(result).toMatchObject({
      decided: { verdict: { verdict: 'invalid', reason: 'target-not-ready' }, outcome: { exitCode: 3 } },
    });
    expect(rendered.at(-1)?.markdown).toContain('start it');
    expect(rendered.at(-1)?.runRecord).toBeUndefined();
  });

  it('keeps the verdict when a sink fails, and tells the others all the same', async () => {
    const failing = {
      label: 'comment',
      write: () => Promise.reject(new GateError('OUTPUT_WRITE_FAILED', 'the disk is full', 'Make room.')),
    };
    const scene = world(measured(run('1')));
    const result = await runGate(plan, { ...scene, sinks: [failing, ...scene.sinks] });
    expect(result).toMatchObject({ decided: { verdict: { verdict: 'no-baseline' } } });
    expect(scene.log.lines).toContain('warn: comment: the disk is full. Make room. The verdict stands.');
    expect(rendered).toHaveLength(1);
  });

  it('says that a run which was to be recorded is lost when it can’t be stored', async () => {
    const full = {
      ...localDirectoryStore(directory, 'dir:baselines'),
      append: () => Promise.reject(new GateError('STORE_WRITE_FAILED', 'no space left', 'Make room.')),
    };
    const scene = world(measured(run('1')), { store: full });
    const result = await runGate({ ...plan, mode: 'record' }, scene);
    expect(result).toMatchObject({ decided: { outcome: { exitCode: 3 } } });
    expect(rendered.at(-1)?.markdown).toContain('NOT STORED');
    expect(rendered.at(-1)?.markdown).toContain('no space left');
  });

  it('keeps what was accepted at the merge of a run that can’t be stored', async () => {
    await recordRuns(4);
    const full = {
      ...localDirectoryStore(directory, 'dir:baselines'),
      append: () => Promise.reject(new GateError('STORE_WRITE_FAILED', 'no space left', 'Make room.')),
    };
    const acceptance = { by: 'maintainer', reason: 'exports are streamed', until: '2026-12-25', pullRequest: 7 };
    const acceptor: Acceptor = {
      accept: async (decided) => ({ ...applyAtMerge(decided, acceptance, []), warnings: ['asked at the merge'] }),
    };
    const result = await runGate({ ...plan, mode: 'record' }, world(measured(run('5', 2)), { store: full, acceptor }));
    const told = expect.stringContaining(
      'accepted by maintainer in pull request 7 until 2026-12-25: exports are streamed',
    );
    expect(result).toMatchObject({
      decided: { verdict: { verdict: 'pass', reason: 'accepted', detail: told }, outcome: { exitCode: 3 } },
      report: {
        headline: 'the run was measured and is lost: no space left. Make room.',
        warnings: expect.arrayContaining(['asked at the merge']),
      },
      record: { id: '5', accepted: { ...acceptance, figures: expect.arrayContaining([expect.anything()]) } },
    });
    const [last] = rendered.slice(-1);
    expect(JSON.parse(last?.json ?? '')).toMatchObject({ reason: 'accepted', detail: told, exitCode: 3 });
    expect(last?.markdown).toContain('NOT STORED');
    expect(last?.runRecord).toContain('exports are streamed');
  });

  it('reports and stores nothing after an interrupt that must leave no trace', async () => {
    const result = await runGate(
      { ...plan, mode: 'record' },
      world(measured(run('1')), { signal: AbortSignal.abort(), onInterrupt: 'leave-no-trace' }),
    );
    expect(result).toEqual({ kind: 'interrupted' });
    expect(rendered).toEqual([]);
    expect(await storedRuns()).toEqual([]);
  });

  it('gives a byte-identical report for the same runs', async () => {
    await recordRuns(3);
    await runGate(plan, world(measured(run('5', 1.3))));
    await runGate(plan, world(measured(run('5', 1.3))));
    expect(rendered.at(-1)?.json).toBe(rendered.at(-2)?.json);
    expect(rendered.at(-1)?.markdown).toBe(rendered.at(-2)?.markdown);
  });
});

/** A duet of `plannedPairs` pairs, handed on one by one until the judge stops it. */
function duetOf(
  pairs: readonly BlockPair[],
  overrides: { readonly wasInterrupted?: boolean; readonly plannedPairs?: number } = {},
) {
  const made: number[] = [];
  const measurer: DuetMeasurer = {
    measure: async (begin) => {
      const judge = begin({
        pairId: 'pair',
        plannedPairs: overrides.plannedPairs ?? pairs.length,
        blockLengthMs: 5_000,
        order: 'alternating',
        placement: 'one-deployment',
        isClosedModel: false,
      });
      for (let count = 1; count <= pairs.length; count++) {
        made.push(count);
        if (judge.look(pairs.slice(0, count), { sides: [], endBlock: count }) === 'stop') break;
      }
      return {
        kind: 'measured',
        ...duetRecords(pairs.slice(0, made.length)),
        warnings: ['the network'],
        wasInterrupted: overrides.wasInterrupted ?? false,
      };
    },
  };
  return { measurer, made };
}

function progressLog() {
  const states: DuetState[] = [];
  let hasEnded = false;
  return {
    states,
    show: (state: DuetState) => void states.push(state),
    end: () => {
      hasEnded = true;
    },
    get hasEnded() {
      return hasEnded;
    },
  };
}

describe('runDuet', () => {
  const duetPlan = { name: plan.name, thresholds: plan.thresholds, failOn: plan.failOn };
  const shop = { endpoints: 4, pairs: 36, requestsPerBlock: 40, seed: 'gate' } as const;
  const nothing = {
    kind: 'not-measured',
    reason: 'target-not-ready',
    detail: 'nobody answers',
    hint: 'start it',
  } as const;

  it('stops as soon as a regression is sure, fails, and names the endpoint with the change at the stop', async () => {
    const { measurer, made } = duetOf(duetPairs({ ...shop, slowdown: (j) => (j === 2 ? 1.8 : 1) }));
    const progress = progressLog();
    const result = await runDuet(duetPlan, { ...world(nothing), measurer, progress });
    expect(made.length).toBeLessThan(18);
    expect(progress.states.at(-1)).toMatchObject({ pairs: made.length, look: { decision: 'stop' } });
    expect(progress.hasEnded).toBe(true);
    expect(result).toMatchObject({
      decided: { verdict: { verdict: 'fail', reason: 'regressed' }, comparison: { stoppedEarly: true } },
      report: { warnings: expect.arrayContaining(['the network']) },
    });
    expect(rendered.at(-1)?.markdown).toContain('GET /2');
    expect(rendered.at(-1)?.markdown).not.toContain('GET /1 ');
  });

  it('passes an unchanged candidate after all pairs', async () => {
    const { measurer, made } = duetOf(duetPairs(shop));
    const result = await runDuet(duetPlan, { ...world(nothing), measurer, progress: progressLog() });
    expect(made).toHaveLength(36);
    expect(result).toMatchObject({ decided: { verdict: { verdict: 'pass' }, outcome: { exitCode: 0 } } });
  });

  it('judges what there is after an interruption, and says that it was one', async () => {
    const { measurer } = duetOf(duetPairs({ ...shop, pairs: 12 }), { wasInterrupted: true, plannedPairs: 36 });
    const result = await runDuet(duetPlan, { ...world(nothing), measurer, progress: progressLog() });
    expect(result).toMatchObject({
      decided: { comparison: { pairs: { planned: 36, used: 12 }, stoppedEarly: false } },
      report: { warnings: expect.arrayContaining(['interrupted after 12 of 36 pairs']) },
    });
    const left = JSON.parse(rendered.at(-1)?.jobFiles?.['duet.json'] ?? '');
    expect(left).toMatchObject({ schema: 'tailgate.duet/2', plannedPairs: 36, looks: looksAt(36), seed: 'pair' });
  });

  it('leaves no trace of an interrupted duet where none is wanted', async () => {
    const { measurer } = duetOf(duetPairs({ ...shop, pairs: 8 }), { wasInterrupted: true });
    const scene = { ...world(nothing, { signal: AbortSignal.abort(), onInterrupt: 'leave-no-trace' }), measurer };
    expect(await runDuet(duetPlan, { ...scene, progress: progressLog() })).toEqual({ kind: 'interrupted' });
    expect(rendered).toEqual([]);
  });

  it('reports a side that was not ready as invalid', async () => {
    const measurer: DuetMeasurer = { measure: async () => nothing };
    const result = await runDuet(duetPlan, { ...world(nothing), measurer, progress: progressLog() });
    expect(result).toMatchObject({
      decided: { verdict: { verdict: 'invalid', reason: 'target-not-ready' }, outcome: { exitCode: 3 } },
    });
  });
});

describe('runGate with a way to settle suspicions', () => {
  const shop = { endpoints: 4, pairs: 36, requestsPerBlock: 40, seed: 'settled' } as const;

  function duetConfirmation(pairs: readonly BlockPair[]): { confirmation: Confirmation; made: number[] } {
    const { measurer, made } = duetOf(pairs);
    return { confirmation: { kind: 'duet', duet: { measurer, progress: progressLog() } }, made };
  }

  it('lets a duet decide on what looks worse than the stored runs, and tells the story', async () => {
    await recordRuns(4);
    const { confirmation, made } = duetConfirmation(duetPairs({ ...shop, slowdown: () => 2 }));
    const result = await runGate(plan, { ...world(measured(run('5', 2))), confirmation });
    expect(made.length).toBeGreaterThan(0);
    expect(result).toMatchObject({
      decided: { verdict: { verdict: 'fail', reason: 'regressed' } },
      report: {
        provenance: [
          expect.stringContaining('measured beside it'),
          expect.stringMatching(/^A first look at 4 stored runs: .* looks worse/),
          'The duet that followed confirmed it.',
        ],
      },
    });
  });

  it('acquits a candidate that the duet finds no slower', async () => {
    await recordRuns(4);
    const { confirmation } = duetConfirmation(duetPairs(shop));
    const result = await runGate(plan, { ...world(measured(run('5', 2))), confirmation });
    expect(result).toMatchObject({
      decided: { verdict: { verdict: 'pass' } },
      report: { provenance: expect.arrayContaining(['The duet that followed did not confirm it.']) },
    });
  });

  it('measures nothing more when nothing is suspicious', async () => {
    await recordRuns(4);
    const { confirmation, made } = duetConfirmation(duetPairs(shop));
    const result = await runGate(plan, { ...world(measured(run('5', 0.97))), confirmation });
    expect(made).toEqual([]);
    expect(result).toMatchObject({ decided: { verdict: { verdict: 'pass' } } });
  });

  it('decides nothing when the duet could not be measured', async () => {
    await recordRuns(4);
    const measurer: DuetMeasurer = {
      measure: async () => ({ kind: 'not-measured', reason: 'target-not-ready', detail: 'staging is down', hint: '' }),
    };
    const confirmation: Confirmation = { kind: 'duet', duet: { measurer, progress: progressLog() } };
    const result = await runGate(plan, { ...world(measured(run('5', 2))), confirmation });
    expect(result).toMatchObject({
      decided: {
        verdict: { verdict: 'inconclusive', reason: 'unsettled', detail: expect.stringContaining('staging is down') },
        outcome: { exitCode: 0 },
      },
    });
  });

  describe('by measuring the same deployment again', () => {
    /** Hands out `later` one after another; counts how often it was asked. */
    function again(...later: Measurement[]) {
      const asked = { times: 0 };
      const measurer: Measurer = { measure: async () => later[asked.times++] as Measurement };
      const settle = (maxRepeats = 1): { confirmation: Confirmation } => ({
        confirmation: { kind: 'repeats', measurer, maxRepeats },
      });
      return { asked, settle };
    }

    it('measures nothing again where nothing is suspicious', async () => {
      await recordRuns(4);
      const { asked, settle } = again();
      const result = await runGate(plan, { ...world(measured(run('5'))), ...settle() });
      expect(asked.times).toBe(0);
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'pass' } } });
      expect(rendered).toHaveLength(1);
    });

    it('fails when the second run agrees, and tells the story', async () => {
      await recordRuns(4);
      const { asked, settle } = again(measured(run('6', 2)));
      const result = await runGate(plan, { ...world(measured(run('5', 2))), ...settle() });
      expect(asked.times).toBe(1);
      expect(result).toMatchObject({
        decided: { verdict: { verdict: 'fail', reason: 'regressed' }, outcome: { exitCode: 1 } },
        report: {
          provenance: expect.arrayContaining([
            expect.stringMatching(/^The first run, beside 4 stored ones: .* looks worse/),
            'The same deployment was measured once more, which confirmed it.',
          ]),
        },
      });
    });

    it('passes when the second run is as fast as ever: no single run settles a suspicion', async () => {
      await recordRuns(4);
      const { settle } = again(measured(run('6')));
      const result = await runGate(plan, { ...world(measured(run('5', 2))), ...settle(2) });
      expect(result).toMatchObject({
        decided: { verdict: { verdict: 'pass' } },
        report: {
          provenance: expect.arrayContaining(['The same deployment was measured once more, which did not confirm it.']),
        },
      });
    });

    it('measures twice more where that is allowed and the first repeat does not acquit', async () => {
      await recordRuns(4);
      const { asked, settle } = again(measured(run('6', 2)), measured(run('7', 2)));
      const result = await runGate(plan, { ...world(measured(run('5', 2))), ...settle(2) });
      expect(asked.times).toBe(2);
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'fail', reason: 'regressed' } } });
    });

    it('decides on the one run where nothing may be repeated', async () => {
      await recordRuns(4);
      const { asked, settle } = again();
      const result = await runGate(plan, { ...world(measured(run('5', 2))), ...settle(0) });
      expect(asked.times).toBe(0);
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'fail', reason: 'regressed' } } });
    });

    it('reports the suspicion and hands out the run before it measures again', async () => {
      await recordRuns(4);
      const { settle } = again(measured(run('6')));
      await runGate(plan, { ...world(measured(run('5', 2))), ...settle() });
      expect(rendered.map(({ json }) => JSON.parse(json).reason)).toEqual(['unsettled', 'nothing-found']);
      expect(rendered[0]?.markdown).toMatch(/looks worse, and .*, and it is being measured again/);
      expect(JSON.parse(rendered[0]?.runRecord ?? '{}')).toMatchObject({ id: '5' });
    });

    it('leaves the suspicion unsettled when the target can’t be measured again, and never passes it', async () => {
      await recordRuns(4);
      const { settle } = again({
        kind: 'not-measured',
        reason: 'target-not-ready',
        detail: 'preview is gone',
        hint: '',
      });
      const result = await runGate(plan, { ...world(measured(run('5', 2))), ...settle() });
      expect(result).toMatchObject({
        decided: {
          verdict: { verdict: 'inconclusive', reason: 'unsettled', detail: expect.stringContaining('preview is gone') },
          outcome: { exitCode: 0 },
        },
      });
    });

    it('leaves it unsettled when the second run holds too little of what was suspected', async () => {
      await recordRuns(4);
      const [slowed] = run('5', 2).endpoints as [RunRecord['endpoints'][number]];
      const first = { ...run('5'), endpoints: [slowed, ...run('5').endpoints.slice(1)] };
      const { settle } = again(measured({ ...run('6'), endpoints: run('6').endpoints.slice(1) }));
      const result = await runGate(plan, { ...world(measured(first)), ...settle() });
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'inconclusive', reason: 'unsettled' } } });
    });

    it('fails by crossed thresholds of the script alone where the second run is as fast as ever', async () => {
      await recordRuns(4);
      const { asked, settle } = again(measured(run('6')));
      const first = run('5', 2);
      const crossing = {
        ...first,
        exit: { ...first.exit, code: 99, crossedThresholds: ['http_req_duration: p(95)<1'] },
      };
      const result = await runGate(plan, { ...world(measured(crossing)), ...settle() });
      expect(asked.times).toBe(1);
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'fail', reason: 'k6-thresholds' } } });
    });

    it('leaves it unsettled when the second run is unfit to be judged', async () => {
      await recordRuns(4);
      const aborted = { ...run('6', 2), exit: { ...run('6').exit, class: 'aborted' as const, code: 105 } };
      const { settle } = again(measured(aborted));
      const result = await runGate(plan, { ...world(measured(run('5', 2))), ...settle() });
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'inconclusive', reason: 'unsettled' } } });
    });

    describe('where an earlier attempt of the job measured the same commit', () => {
      async function rerun(earlier: readonly RunRecord[], now: RunRecord) {
        await recordRuns(4);
        const { asked, settle } = again(measured(now));
        const measurement = { asked: 0 };
        const result = await runGate(plan, {
          ...world(measured(now), {
            measurer: {
              measure: async () => {
                measurement.asked++;
                return measured(now);
              },
            },
          }),
          ...settle(),
          earlierAttempt: async () => earlier,
        });
        return { result, repeats: asked.times, runs: measurement.asked };
      }

      it('takes a suspicious one for the first run and this one for its repeat', async () => {
        const { result, repeats, runs } = await rerun([run('5', 2)], run('6', 2));
        expect([repeats, runs]).toEqual([1, 0]);
        expect(result).toMatchObject({
          decided: { verdict: { verdict: 'fail', reason: 'regressed' }, comparison: { candidateRuns: 2 } },
        });
      });

      it('is no better off for being run again and again: all runs are judged together', async () => {
        const { result } = await rerun([run('5', 2), run('6', 2)], run('7', 1.3));
        expect(result).toMatchObject({
          decided: { verdict: { verdict: 'fail', reason: 'regressed' }, comparison: { candidateRuns: 3 } },
        });
      });

      it('decides without further load where the earlier ones had as many repeats as there is room for', async () => {
        const { result, repeats, runs } = await rerun([run('5', 2), run('6', 2), run('7', 2)], run('8'));
        expect([repeats, runs]).toEqual([0, 0]);
        expect(result).toMatchObject({
          decided: { verdict: { verdict: 'fail', reason: 'regressed' }, comparison: { candidateRuns: 3 } },
        });
      });

      it('stands by itself where nothing was suspected then', async () => {
        const { result, repeats, runs } = await rerun([run('5')], run('6'));
        expect([repeats, runs]).toEqual([0, 1]);
        expect(result).toMatchObject({ decided: { verdict: { verdict: 'pass' }, comparison: { candidateRuns: 1 } } });
      });
    });

    it('gives back what was reported before, when a canceled job ends the second run', async () => {
      await recordRuns(4);
      const cancel = new AbortController();
      const measurer: Measurer = {
        measure: async () => {
          cancel.abort();
          return { kind: 'not-measured', reason: 'k6-aborted', detail: 'interrupted', hint: '' };
        },
      };
      const result = await runGate(plan, {
        ...world(measured(run('5', 2)), { signal: cancel.signal, onInterrupt: 'leave-no-trace' }),
        confirmation: { kind: 'repeats', measurer, maxRepeats: 1 },
      });
      expect(result).toMatchObject({ kind: 'interrupted', interim: { decided: { verdict: { reason: 'unsettled' } } } });
      expect(rendered).toHaveLength(1);
    });
  });

  describe('where stored repeats show how little runs of one deployment share', () => {
    const deployed = (record: RunRecord, deployment: string) => ({
      ...record,
      provenance: { ...record.provenance, deployment },
    });

    async function settledByRepeats(factor: number) {
      const store = localDirectoryStore(directory, 'dir:baselines');
      for (let i = 0; i < 10; i++) await store.append(deployed(run(String(i)), `https://${Math.floor(i / 2)}.example`));
      let repeats = 0;
      const measurer: Measurer = {
        measure: async () => {
          repeats++;
          return measured(deployed(run(`1${repeats}`, factor), 'https://preview.example'));
        },
      };
      const result = await runGate(plan, {
        ...world(measured(deployed(run('10', 1.2), 'https://preview.example'))),
        confirmation: { kind: 'repeats', measurer, maxRepeats: 2 },
      });
      return { result, repeats };
    }

    it('repeats a suspicious run as often as allowed, and fails when they agree', async () => {
      const { result, repeats } = await settledByRepeats(1.2);
      expect(repeats).toBe(2);
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'fail', reason: 'regressed' } } });
    });

    it('acquits the run when its repeats are as fast as ever', async () => {
      const { result, repeats } = await settledByRepeats(1);
      expect(repeats).toBeGreaterThan(0);
      expect(result).toMatchObject({ decided: { verdict: { verdict: 'pass' } } });
    });
  });
});
