import { describe, expect, test } from 'vitest';
import { creepOf } from '../../src/core/stats/creep.ts';
import { holm } from '../../src/core/stats/holm.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { expectAtMostRate } from '../support/expect-rate.ts';

/** Logarithms around one level, of which each resembles the one before by `memory`; some are far out where `isWild`. */
function wander(length: number, memory: number, isWild: boolean, random: Random): number[] {
  const values: number[] = [];
  let value = randomNormal(random);
  for (let i = 0; i < length; i++) {
    const size = isWild && random.next() < 0.05 ? 4 : 1;
    value = memory * value + Math.sqrt(1 - memory * memory) * size * randomNormal(random);
    values.push(0.06 * value);
  }
  return values;
}

/** Whether a page of ten endpoints, at three quantiles each, says that anything crept. */
function isAnyCreep(length: number, memory: number, random: Random): boolean {
  const found = Array.from({ length: 30 }, (_, i) => creepOf(wander(length, memory, i % 2 === 0, random)));
  return holm(found.map((creep) => creep?.p ?? 1)).some((p) => p <= 0.01);
}

describe('calibration: creep', () => {
  test.each([
    [30, 0],
    [30, 0.3],
    [100, 0],
    [100, 0.3],
    [100, 0.6],
  ])(
    '%i runs that only wobble, with a memory of %d, make a page cry wolf in at most a twentieth of cases',
    (length, memory) => {
      const random = seededRandom(`creep ${length} ${memory}`);
      let alarms = 0;
      for (let page = 0; page < 300; page++) if (isAnyCreep(length, memory, random)) alarms++;
      expectAtMostRate(alarms, 300, 0.05);
    },
  );

  test('a rise of a quarter over 40 runs is found in most cases, among 30 series', () => {
    const random = seededRandom('creep power');
    let found = 0;
    for (let i = 0; i < 200; i++) {
      const rising = wander(40, 0, false, random).map((value, run) => value + (Math.log(1.25) * run) / 39);
      if ((creepOf(rising)?.p ?? 1) <= 0.01 / 30) found++;
    }
    expect(found).toBeGreaterThan(160);
  });

  test('fewer than 30 runs, or runs without any spread, say nothing', () => {
    expect(creepOf(Array.from({ length: 29 }, (_, i) => i * i))).toBeUndefined();
    expect(creepOf(Array.from({ length: 40 }, () => 1))).toBeUndefined();
  });
});
