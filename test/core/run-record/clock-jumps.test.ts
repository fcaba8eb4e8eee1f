import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { RunCollector } from '../../../src/core/run-record/collect-run.ts';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { aRequest, blockCounts, plainFacts, runStartMs } from '../../support/some-samples.ts';

interface Told {
  readonly trueMs: number;
  readonly durationMs?: number;
}

const seconds = 120;
const perSecond = 10;

/** A request each 100 ms, told when it ended. */
const steady: readonly Told[] = Array.from({ length: seconds * perSecond }, (_, i) => ({
  trueMs: i * (1000 / perSecond) + 50,
  durationMs: 20 + ((i * 37) % 60),
}));

const heartbeats: readonly Told[] = Array.from({ length: seconds }, (_, i) => ({ trueMs: i * 1000 }));

/** What a run comes to whose moments a load generator's `clock` wrote down. */
function runWith(
  clock: (trueMs: number) => number,
  { requests = steady, hasHeartbeats = true }: { requests?: readonly Told[]; hasHeartbeats?: boolean } = {},
): RunRecord {
  const collector = new RunCollector({ warmUpMs: 0, originMs: runStartMs });
  const told = [...requests, ...(hasHeartbeats ? heartbeats : [])].toSorted((a, b) => a.trueMs - b.trueMs);
  for (const { trueMs, durationMs } of told) {
    const atMs = runStartMs + clock(trueMs);
    if (durationMs === undefined) collector.noteHeartbeat(atMs);
    else collector.add(aRequest({ endedAtMs: atMs, durationMs }));
  }
  return collector.finish(plainFacts);
}

const jump = (at: number, by: number) => (trueMs: number) => (trueMs < at ? trueMs : trueMs + by);

function requestsPerBlock(record: RunRecord): number[] {
  const counts: number[] = new Array(Math.ceil(record.durationMs / 5000)).fill(0);
  for (const [index, requests] of blockCounts(record.endpoints[0])) counts[index] = requests;
  return counts;
}

describe('a clock that is set during a run', () => {
  it.each([
    [
      -90_000,
      'time the clock of the load generator was set back; samples continue where it stood; the first: by 90.0 s',
    ],
    [-4_000, 'time the clock of the load generator was set back; samples continue where it stood; the first: by 4.0 s'],
    [
      5_000,
      'time the clock of the load generator jumped ahead, or its machine slept; samples continue where it stood, the hole is left out; the first: of 5.0 s',
    ],
    [
      300_000,
      'time the clock of the load generator jumped ahead, or its machine slept; samples continue where it stood, the hole is left out; the first: of 300.1 s',
    ],
  ])('by %d ms is noticed, told and made up for', (by, told) => {
    const record = runWith(jump(61_000, by));
    expect(record.warnings).toEqual([expect.stringContaining(`1 ${told}`)]);
    for (const requests of requestsPerBlock(record).slice(0, -1))
      expect(Math.abs(requests - 50)).toBeLessThanOrEqual(2);
  });

  const jumps = fc.oneof(fc.integer({ min: -600_000, max: -3_500 }), fc.integer({ min: 4_000, max: 600_000 }));
  test.prop([fc.integer({ min: 15_000, max: 100_000 }), jumps, fc.integer({ min: 0, max: 6 })], { numRuns: 60 })(
    'leaves no block empty, thin or crowded, whenever and however far it is set',
    (at, by, disorder) => {
      // In a flush the requests of a moment come in any order.
      const requests = steady.map((told, i) => ({ ...told, trueMs: told.trueMs + ((i * 7) % (disorder + 1)) * 20 }));
      const record = runWith(jump(at, by), { requests });
      expect(record.warnings).toHaveLength(1);
      const blocks = requestsPerBlock(record);
      expect(Math.abs(blocks.length - 24)).toBeLessThanOrEqual(1);
      for (const count of blocks.slice(0, 23)) expect(Math.abs(count - 50)).toBeLessThanOrEqual(6);
    },
  );

  it('back and ahead again ends where the clock is right', () => {
    const record = runWith((ms) => (ms < 40_000 ? ms : ms < 80_000 ? ms - 20_000 : ms), { hasHeartbeats: false });
    expect(Math.round(record.durationMs / 1000)).toBe(120);
    for (const count of requestsPerBlock(record).slice(0, -1)) expect(Math.abs(count - 50)).toBeLessThanOrEqual(2);
  });
});

it('does not take samples before a given beginning for a clock that was set back', () => {
  const collector = new RunCollector({ warmUpMs: 10_000, originMs: runStartMs + 4_000 });
  for (const { trueMs, durationMs = 0 } of steady)
    collector.add(aRequest({ endedAtMs: runStartMs + trueMs, durationMs }));
  expect(collector.finish(plainFacts).warnings).toEqual([]);
});

describe('a hole in which no request ended', () => {
  const outside = (from: number, to: number) => steady.filter(({ trueMs }) => trueMs < from || trueMs >= to);

  it('is the target’s where k6 went on telling that it runs: nothing is moved', () => {
    const hung = outside(40_000, 100_000).map((told, i) => (i === 400 ? { ...told, durationMs: 60_000 } : told));
    const record = runWith((ms) => ms, { requests: hung });
    expect([record.warnings, Math.round(record.durationMs / 1000)]).toEqual([[], 120]);
    expect(requestsPerBlock(record).slice(8, 20)).toEqual(new Array(12).fill(0));
  });

  it('is a pause of k6 or of its machine where a request took as long by the clock that nobody sets', () => {
    const stalled = steady.map((told, i) => (i === 610 ? { ...told, durationMs: 30_020 } : told));
    const record = runWith(jump(61_000, 30_000), { requests: stalled });
    expect(record.warnings).toEqual([
      '1 time k6 or its machine stood still while requests were under way; the time blocks of it hold little or nothing; the first: of 30.1 s before 2026-11-25 12:01:31 UTC',
    ]);
    expect(Math.round(record.durationMs / 1000)).toBe(150);
  });

  it('is told without a cause where the file has no sign of k6’s own', () => {
    const record = runWith(jump(61_000, 90_000), { hasHeartbeats: false });
    expect(record.warnings).toEqual([
      '1 hole in a steady load; whether the clock jumped, the machine slept or nothing was sent is not known; the first: of 90.1 s before 2026-11-25 12:02:31 UTC',
    ]);
    expect(Math.round(record.durationMs / 1000)).toBe(210);
  });

  it('is nothing to be told of where the script pauses as often', () => {
    const bursts = steady.filter(({ trueMs }) => trueMs % 30_000 < 5_000);
    expect(runWith((ms) => ms, { requests: bursts, hasHeartbeats: false }).warnings).toEqual([]);
    expect(runWith((ms) => ms, { requests: bursts }).warnings).toEqual([]);
  });
});

describe('samples that come late or too early', () => {
  it('are placed by their own time, or left out where it can not be', () => {
    const late = steady.map((told, i) => (i % 40 === 39 ? { ...told, trueMs: told.trueMs - 4_000 } : told));
    const collector = new RunCollector({ warmUpMs: 0, originMs: runStartMs });
    for (const [i, { trueMs, durationMs }] of late.entries()) {
      const endedAtMs = runStartMs + trueMs + (i === 600 ? 3_600_000 : 0);
      collector.add(aRequest({ endedAtMs, durationMs: durationMs ?? 0 }));
    }
    const record = collector.finish(plainFacts);
    expect(record.warnings).toEqual([
      `1 samples with an impossible time were left out; the first: Unix time ${runStartMs + 3_660_050} ms`,
    ]);
    expect(requestsPerBlock(record).reduce((sum, count) => sum + count, 0)).toBe(1_199);
    expect(Math.round(record.durationMs / 1000)).toBe(120);
  });
});
