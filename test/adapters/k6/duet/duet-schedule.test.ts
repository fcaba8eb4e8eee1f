import { describe, expect, it } from 'vitest';
import { chooseOrder, type DuetSchedule, nextRound, planDuet } from '../../../../src/adapters/k6/duet/duet-schedule.ts';
import { anInspection } from '../../../support/an-inspection.ts';

const lasting = (durationMs: number) => ({
  script: 'load.js',
  inspection: anInspection({ steady: { executor: 'constant-arrival-rate', rate: 100, duration: durationMs } }),
});
const counting = { script: 'count.js', inspection: anInspection({ all: { executor: 'shared-iterations', vus: 2 } }) };
const request = {
  order: 'concurrent',
  judgedMs: 180_000,
  blockLengthMs: undefined,
  warmUpMs: 'auto',
  scripts: [lasting(600_000)],
} as const;

describe('planDuet', () => {
  it('makes blocks of 5 s when both sides run at once, and of 10 s in turn', () => {
    expect(planDuet(request)).toMatchObject({ plannedPairs: 36, blockLengthMs: 5_000, warmUpMs: 10_000 });
    const inTurn = planDuet({ ...request, order: 'alternating' });
    expect(inTurn).toMatchObject({ plannedPairs: 18, blockLengthMs: 10_000, warmUpMs: 2_000 });
  });

  it('repeats a script that ends early, as many whole blocks at a time as it has after the warm-up', () => {
    expect(planDuet({ ...request, scripts: [lasting(30_000)] })).toMatchObject({
      warmUpMs: 3_000,
      scripts: [{ endPair: 36, pairsPerRound: 5 }],
    });
  });

  it('shares the pairs between scripts, and leaves open how long one without a duration runs', () => {
    expect(planDuet({ ...request, scripts: [lasting(600_000), counting] }).scripts).toEqual([
      { endPair: 18, pairsPerRound: 118 },
      { endPair: 36, pairsPerRound: undefined },
    ]);
  });

  it('refuses a budget of too few pairs', () => {
    expect(() => planDuet({ ...request, judgedMs: 35_000 })).toThrow(
      'time-budget: 35 s make 7 pairs of blocks of 5 s; a duet needs at least 8',
    );
  });

  it('refuses a script that is shorter than a warm-up and a block', () => {
    expect(() => planDuet({ ...request, scripts: [lasting(5_000)] })).toThrow(
      'load.js makes load for 5 s: that is less than a warm-up of 0.5 s and one block of 5 s',
    );
  });

  it('never warms up for less than the ramp of the script', () => {
    const stages = [
      { duration: 20_000, target: 10 },
      { duration: 600_000, target: 10 },
    ];
    const climbing = { script: 'climb.js', inspection: anInspection({ a: { executor: 'ramping-vus', stages } }) };
    for (const order of ['concurrent', 'alternating'] as const) {
      expect(planDuet({ ...request, order, scripts: [climbing] }).warmUpMs).toBe(20_000);
    }
  });
});

describe('nextRound', () => {
  const schedule: DuetSchedule = planDuet({ ...request, scripts: [lasting(60_000), counting] });

  it('goes on with the script whose share is not used up, to the end of the round or of the share', () => {
    expect(nextRound(schedule, 0, 36)).toEqual({ script: 0, firstBlock: 0, endBlock: 10 });
    expect(nextRound(schedule, 10, 36)).toEqual({ script: 0, firstBlock: 10, endBlock: 18 });
    expect(nextRound(schedule, 18, 36)).toEqual({ script: 1, firstBlock: 18, endBlock: 36 });
    expect(nextRound(schedule, 36, 36)).toBeUndefined();
  });

  it('stops at the limit of a part', () => {
    expect(nextRound(schedule, 0, 7)).toMatchObject({ endBlock: 7 });
  });
});

describe('chooseOrder', () => {
  it('lets both sides run at once on separate hosts, and does what it is told', () => {
    expect(chooseOrder('auto', 'separate-hosts')).toBe('concurrent');
    expect(chooseOrder('alternating', 'separate-hosts')).toBe('alternating');
  });

  it('lets them run at once on one host too, where the live evaluation found more that way', () => {
    expect(chooseOrder('auto', 'one-host')).toBe('concurrent');
    expect(chooseOrder('auto', 'one-deployment')).toBe('concurrent');
  });
});
