import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { alignByClock } from '../../../../src/core/comparison/paired/align-by-clock.ts';
import { pairBlocks } from '../../../../src/core/comparison/paired/paired-blocks.ts';
import type { Provenance, RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { GateError } from '../../../../src/errors.ts';
import { aRequest, collected, runStartMs } from '../../../support/some-samples.ts';

/** Two requests a second from `startMs` on, each with the second of the day in its duration. */
function runFrom(startMs: number, seconds = 60, warmUpMs = 10_000, provenance: Provenance = {}): RunRecord {
  const samples = Array.from({ length: seconds * 2 }, (_, i) => {
    const endedAtMs = startMs + i * 500;
    return aRequest({ endedAtMs, durationMs: 1 + Math.floor((endedAtMs - runStartMs + 100_000) / 1000) });
  });
  return collected(samples, { originMs: startMs, warmUpMs }, { provenance });
}

function refusal(baseline: RunRecord, candidate: RunRecord): string {
  try {
    alignByClock(baseline, candidate);
  } catch (error) {
    if (error instanceof GateError) return `${error.code}: ${error.message}. ${error.hint}`;
  }
  throw new Error('expected a refusal');
}

/** How far apart, in s, the latencies of a pair lie; they tell when they were measured. */
function spreads(baseline: RunRecord, candidate: RunRecord): number[] {
  const aligned = alignByClock(baseline, candidate);
  return pairBlocks(aligned.baseline, aligned.candidate).pairs.map(({ endpoints }) => {
    const [pair] = [...endpoints.values()];
    if (pair === undefined) throw new Error('a pair without an endpoint');
    return Math.abs(pair.baseline.latency.quantile(0.5) - pair.candidate.latency.quantile(0.5));
  });
}

describe('alignByClock', () => {
  it('refuses runs that were made one after the other', () => {
    expect(refusal(runFrom(runStartMs), runFrom(runStartMs + 3_600_000))).toBe(
      'CONFIG_INVALID: the two runs were not made side by side: the baseline ran from 2026-11-25 12:00:00 to 2026-11-25 12:00:59, the candidate from 2026-11-25 13:00:00 to 2026-11-25 13:00:59 (UTC). Leave out --paired: `tailgate compare` then compares runs that were made one after another, with three or more of the baseline.',
    );
  });

  it('refuses runs of which less than half was side by side', () => {
    expect(refusal(runFrom(runStartMs + 45_000), runFrom(runStartMs))).toBe(
      'CONFIG_INVALID: the two runs were side by side for 15 s only, of the 60 s that the shorter one took; at least half of it is needed. Start both at the same time (`tailgate duet` does); or leave out --paired, and give three or more runs of the baseline.',
    );
  });

  it('cuts what the first one did alone, says so, and pairs the rest by the clock', () => {
    const [first, second] = [runFrom(runStartMs), runFrom(runStartMs + 20_000)];
    const { baseline, candidate, warnings } = alignByClock(first, second);
    expect(warnings).toEqual([
      'the candidate began to be measured 20 s after the baseline: that beginning of the baseline is left out, and blocks are paired by the clock',
    ]);
    expect([baseline.warmUpMs, candidate.warmUpMs]).toEqual([30_000, 10_000]);
    expect(pairBlocks(baseline, candidate)).toMatchObject({ onlyBaseline: 0, onlyCandidate: 4 });
    expect(alignByClock(second, first).warnings[0]).toMatch(/^the baseline began to be measured 20 s after the cand/);
  });

  it('leaves runs alone that began together, and those that one duet made by turns', () => {
    const together = [runFrom(runStartMs), runFrom(runStartMs + 900)] as const;
    expect(alignByClock(...together)).toEqual({ baseline: together[0], candidate: together[1], warnings: [] });
    const sideOf = (side: 'baseline' | 'candidate', startMs: number) =>
      runFrom(startMs, 60, 0, { pair: { id: 'd1', side, order: 0 } });
    const duet = [sideOf('baseline', runStartMs), sideOf('candidate', runStartMs + 70_000)] as const;
    expect(alignByClock(...duet)).toEqual({ baseline: duet[0], candidate: duet[1], warnings: [] });
  });

  /** As `runFrom` has it, but the clock jumps ahead by `jumpMs` after half of the time. */
  function jumping(jumpMs: number): RunRecord {
    const samples = Array.from({ length: 120 }, (_, i) =>
      aRequest({ endedAtMs: runStartMs + i * 500 + (i < 60 ? 0 : jumpMs), durationMs: 101 + Math.floor(i / 2) }),
    );
    return collected(samples, { originMs: runStartMs, warmUpMs: 0 });
  }

  it('counts on from where it stood after the clock of one side jumped ahead, and says so', () => {
    const steady = runFrom(runStartMs, 60, 0);
    for (const [baseline, candidate] of [
      [steady, jumping(600_000)],
      [jumping(600_000), steady],
    ] as const) {
      expect(spreads(baseline, candidate)).toHaveLength(12);
      expect(Math.max(...spreads(baseline, candidate))).toBeLessThanOrEqual(1);
    }
    expect(alignByClock(steady, jumping(600_000)).warnings).toEqual([
      "the clock of the candidate's load generator jumped ahead by about 600 s, for it went on so long after the other side had ended: its time after that is counted from where it stood",
    ]);
  });

  it('takes a hole for no jump where both sides end together: the target hung', () => {
    const steady = runFrom(runStartMs, 60, 0);
    const hung = {
      ...steady,
      endpoints: steady.endpoints.map((series) => ({
        ...series,
        blocks: series.blocks.filter(({ index }) => index < 3 || index > 8),
      })),
    };
    const aligned = alignByClock(steady, hung);
    expect(aligned.warnings).toEqual([]);
    expect(pairBlocks(aligned.baseline, aligned.candidate)).toMatchObject({ onlyBaseline: 6, onlyCandidate: 0 });
  });

  const startsMs = fc.integer({ min: -25_000, max: 25_000 });
  test.prop([startsMs, fc.constantFrom(0, 5_000, 12_000), fc.constantFrom(0, 10_000)], { numRuns: 50 })(
    'pairs no two blocks that lie more than half a block apart',
    (laterMs, warmUpOfOne, warmUpOfOther) => {
      const found = spreads(runFrom(runStartMs, 60, warmUpOfOne), runFrom(runStartMs + laterMs, 60, warmUpOfOther));
      expect(found.length).toBeGreaterThan(0);
      // Half a block, a second of rounding, and requests at the ends of blocks that are not full.
      for (const apart of found.slice(0, -1)) expect(apart).toBeLessThanOrEqual(4.5);
    },
  );
});
