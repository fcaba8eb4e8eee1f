import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { LatenessWatch, latenessOf, StartLateness } from '../../../../src/adapters/k6/run/generator-watch.ts';

const beat = (count: number, intervalMs: number, fromMs = 0) =>
  Array.from({ length: count }, (_, i) => fromMs + i * intervalMs);

describe('latenessOf', () => {
  it('is nothing for an even beat, in any order', () => {
    expect(latenessOf(beat(100, 20).reverse(), 20)).toBe(0);
  });

  it('is the delay that the latest twentieth had', () => {
    const starts = beat(100, 20).map((start, index) => (index >= 90 ? start + 300 : start));
    expect(latenessOf(starts, 20)).toBe(300);
    const few = beat(100, 20).map((start, index) => (index >= 97 ? start + 300 : start));
    expect(latenessOf(few, 20)).toBe(0);
  });

  test.prop([
    fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 200 }),
    fc.integer({ min: 0, max: 1e9 }),
  ])('does not depend on where the clock stands, and is never negative', (delays, shift) => {
    const starts = delays.map((delay, index) => index * 10 + delay);
    const lateness = latenessOf(starts, 10);
    expect(lateness).toBeGreaterThanOrEqual(0);
    expect(
      latenessOf(
        starts.map((start) => start + shift),
        10,
      ),
    ).toBeCloseTo(lateness, 3);
  });
});

describe('StartLateness', () => {
  it('gives the worst window of 5 s', () => {
    const lateness = new StartLateness(50);
    for (const start of beat(100, 50)) lateness.note(start);
    for (const start of beat(100, 50, 5000)) lateness.note(start >= 9000 ? Math.min(start + 200, 9_999) : start);
    for (const start of beat(100, 50, 10_000)) lateness.note(start);
    expect(lateness.worstMs()).toBeGreaterThan(100);
    expect(lateness.worstMs()).toBeLessThanOrEqual(200);
  });

  it('leaves out windows with dropped iterations and those that are nearly empty', () => {
    const lateness = new StartLateness(50);
    for (const start of beat(100, 50)) lateness.note(start > 3000 ? start + 500 : start);
    lateness.noteDropped(4000);
    for (const start of beat(10, 50, 20_000)) lateness.note(start + Math.sin(start) * 100);
    expect(lateness.worstMs()).toBeUndefined();
  });
});

describe('StartLateness of a target that holds its callers', () => {
  /** Iterations of a minute at 20/s, in the order of their ends; one of so many is held for `heldMs`. */
  const ends = (heldMs: number, every = 10) =>
    beat(1200, 50)
      .map((start, index) => ({ start, end: start + (index % every === 0 ? heldMs : 7) }))
      .toSorted((a, b) => a.end - b.end);

  it.each([
    ['every tenth', 'for 20 s', 10, 20_000],
    ['every twentieth', 'for 20 s', 20, 20_000],
    ['every tenth', 'for longer than the run', 10, Number.POSITIVE_INFINITY],
  ])('does not blame the generator when %s is held %s', (_name, _time, every, heldMs) => {
    const lateness = new StartLateness(50);
    for (const { start, end } of ends(heldMs, every)) if (end <= 60_000) lateness.note(start);
    expect(lateness.worstMs() ?? 0).toBeLessThan(1);
  });

  it('still sees a generator that is late for a while', () => {
    const lateness = new StartLateness(50);
    for (const { start, end } of ends(Number.POSITIVE_INFINITY)) {
      if (end <= 60_000)
        lateness.note(start % 5000 > 2000 && start % 5000 < 3000 ? start - (start % 5000) + 3000 : start);
    }
    expect(lateness.worstMs()).toBeGreaterThan(250);
  });
});

describe('LatenessWatch', () => {
  it('reads the iterations of scenarios with a constant arrival rate', () => {
    const scenario = { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s' };
    const watch = new LatenessWatch({ scenarios: { main: scenario } } as never);
    const sample = (metric: string, atMs: number) => ({
      kind: 'trend' as const,
      metric,
      unit: 'ms' as const,
      atMs,
      value: 7,
    });
    for (const start of beat(100, 50)) watch.note(sample('iteration_duration{scenario:main}', start + 7));
    for (const start of beat(100, 50)) watch.note(sample('iteration_duration{scenario:other}', start * 3));
    expect(watch.worstMs()).toBe(0);
  });
});
