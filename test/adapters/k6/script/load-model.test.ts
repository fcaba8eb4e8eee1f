import { describe, expect, it } from 'vitest';
import {
  defaultWarmUpMs,
  describeLoad,
  parseGoDuration,
  plannedLoadMs,
  rampMs,
} from '../../../../src/adapters/k6/script/load-model.ts';
import { anInspection as inspection } from '../../../support/an-inspection.ts';

const stages = (...list: [number, number][]) => list.map(([duration, target]) => ({ duration, target }));
const ramping = (...list: [number, number][]) =>
  inspection({ a: { executor: 'ramping-vus', stages: stages(...list) } });

describe('describeLoad', () => {
  it('says model, rate and length of each scenario in the order of names', () => {
    const load = inspection({
      shop: { executor: 'constant-arrival-rate', rate: 50, timeUnit: '1000ms', duration: 60_000 },
      browse: { executor: 'constant-vus', vus: 3, duration: 1500, startTime: 5000 },
      climb: { executor: 'ramping-arrival-rate', startRate: 2, stages: stages([1000, 10], [2000, 0]) },
      users: { executor: 'ramping-vus', stages: stages([1000, 10]) },
      each: { executor: 'per-vu-iterations', vus: 2, iterations: 7 },
      shared: { executor: 'shared-iterations' },
    });
    expect(describeLoad(load).split('; ')).toEqual([
      'browse: constant-vus 3 VUs for 1500ms after 5s',
      'climb: ramping-arrival-rate 2/1s to 10 in 1s, 0 in 2s',
      'each: per-vu-iterations 7 iterations each by 2 VUs',
      'shared: shared-iterations 1 iterations by 1 VUs',
      'shop: constant-arrival-rate 50/1s for 60s',
      'users: ramping-vus 1 VUs to 10 in 1s',
    ]);
  });
});

describe('rampMs', () => {
  it('is the climb before the load first holds still', () => {
    expect(rampMs(ramping([5000, 10], [10_000, 10], [5000, 0]))).toBe(5000);
    expect(rampMs(ramping([5000, 5], [5000, 20], [60_000, 20]))).toBe(10_000);
    expect(rampMs(ramping([0, 20], [60_000, 20]))).toBe(0);
  });

  it('is nothing for a profile that never holds still, and for a scenario that begins later', () => {
    expect(rampMs(ramping([5000, 10], [5000, 0]))).toBe(0);
    expect(rampMs(ramping([5000, 10]))).toBe(0);
    const later = { executor: 'ramping-vus', startTime: 1000, stages: stages([5000, 10], [5000, 10]) };
    expect(rampMs(inspection({ a: later }))).toBe(0);
  });
});

describe('defaultWarmUpMs', () => {
  it('is 10 s or a tenth of the load, and never less than the ramp', () => {
    expect(defaultWarmUpMs(inspection({ a: { duration: 600_000 } }))).toBe(10_000);
    expect(defaultWarmUpMs(inspection({ a: { duration: 30_000 } }))).toBe(3000);
    expect(defaultWarmUpMs(ramping([20_000, 10], [40_000, 10]))).toBe(20_000);
  });

  it('is nothing where only iterations limit the load, whose length nobody knows', () => {
    expect(defaultWarmUpMs(inspection({ a: { executor: 'shared-iterations', maxDuration: 600_000 } }))).toBe(0);
  });
});

describe('plannedLoadMs', () => {
  it('ends with the last scenario', () => {
    expect(plannedLoadMs(inspection({ a: { duration: 5000 }, b: { duration: 2000, startTime: 9000 } }))).toBe(11_000);
    expect(plannedLoadMs(inspection({ a: { executor: 'shared-iterations' } }))).toBeUndefined();
  });
});

describe('parseGoDuration', () => {
  it.each([
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['1d2h', 93_600_000],
    ['250', 250],
    ['10us', 0.01],
  ])('reads %s', (text, ms) => {
    expect(parseGoDuration(text)).toBeCloseTo(ms, 9);
  });

  it.each(['', 'soon', '1m 30s', '-1s', '5x'])('refuses "%s"', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});
