import { DDSketch } from '@datadog/sketches-js';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { relativeAccuracy } from '../../../src/core/sketch/bucket-mapping.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';

const latency = fc.oneof(
  fc.double({ min: 0, max: 60_000, noNaN: true }),
  fc.integer({ min: 0, max: 3_600_000_000 }).map((microseconds) => microseconds / 1000),
  fc.constantFrom(0, 0.000001, 1, 1, 86_400_000),
);
const latencies = fc.array(latency, { minLength: 1, maxLength: 300 });
const probability = fc.double({ min: 0, max: 1, noNaN: true });

/** The definition, written out: Hyndman and Fan 1996, type 7. */
function exactQuantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = p * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] as number;
  const high = sorted[Math.ceil(rank)] as number;
  return low + (rank - Math.floor(rank)) * (high - low);
}

function facts(sketch: LatencySketch): unknown {
  return { count: sketch.count, min: sketch.min, max: sketch.max, buckets: [...sketch.buckets()] };
}

describe('LatencySketch.quantile', () => {
  test.prop([latencies, probability])('lies within 0.5 % of the exact type 7 quantile', (values, p) => {
    const exact = exactQuantile(values, p);
    const tolerance = exact * relativeAccuracy * (1 + 1e-9) + 1e-8;
    expect(Math.abs(LatencySketch.of(values).quantile(p) - exact)).toBeLessThanOrEqual(tolerance);
  });

  it('is NaN of nothing and the value itself of one value', () => {
    expect(new LatencySketch().quantile(0.5)).toBeNaN();
    expect(LatencySketch.of([12.345678]).quantile(0.99)).toBe(12.345678);
  });

  it('gives the exact smallest and largest value at 0 and 1', () => {
    const sketch = LatencySketch.of([3.1, 7.7, 1.3]);
    expect([sketch.quantile(0), sketch.quantile(1)]).toEqual([1.3, 7.7]);
  });
});

describe('LatencySketch against @datadog/sketches-js', () => {
  test.prop([fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 300 })])(
    'agrees within the accuracy of both where a rank is whole',
    (values) => {
      const sketch = LatencySketch.of(values);
      const reference = new DDSketch({ relativeAccuracy });
      for (const value of values) reference.accept(value);
      for (let rank = 0; rank < values.length; rank++) {
        const p = values.length === 1 ? 0 : rank / (values.length - 1);
        if (p * (values.length - 1) !== rank) continue;
        const ratio = sketch.quantile(p) / reference.getValueAtQuantile(p);
        expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(2.02 * relativeAccuracy);
      }
      expect(sketch.count).toBe(reference.count);
      expect(sketch.sum).toBeCloseTo(reference.sum, 4);
    },
  );
});

describe('LatencySketch.merge', () => {
  test.prop([latencies, latencies])('gives the sketch of all values, in either order', (a, b) => {
    const both = LatencySketch.of([...a, ...b]);
    expect(facts(LatencySketch.merged([LatencySketch.of(a), LatencySketch.of(b)]))).toEqual(facts(both));
    expect(facts(LatencySketch.merged([LatencySketch.of(b), LatencySketch.of(a)]))).toEqual(facts(both));
  });

  test.prop([latencies, latencies, latencies])('does not care about grouping', (a, b, c) => {
    const [first, second, third] = [a, b, c].map((values) => LatencySketch.of(values)) as [
      LatencySketch,
      LatencySketch,
      LatencySketch,
    ];
    const left = LatencySketch.merged([LatencySketch.merged([first, second]), third]);
    const right = LatencySketch.merged([first, LatencySketch.merged([second, third])]);
    expect(facts(left)).toEqual(facts(right));
    expect(left.sum).toBeCloseTo(right.sum, 3);
  });

  it('changes nothing when the other is empty', () => {
    const sketch = LatencySketch.of([1, 2]);
    const before = facts(sketch);
    sketch.merge(new LatencySketch());
    expect(facts(sketch)).toEqual(before);
  });

  it('leaves the other untouched', () => {
    const other = LatencySketch.of([5]);
    const sketch = LatencySketch.of([1]);
    sketch.merge(other);
    sketch.add(9);
    expect(facts(other)).toEqual(facts(LatencySketch.of([5])));
  });
});

describe('LatencySketch.add', () => {
  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s', (value) => {
    expect(() => new LatencySketch().add(value)).toThrow(RangeError);
  });

  it('keeps count, sum, extremes and zeros', () => {
    const sketch = LatencySketch.of([0, 2, 4]);
    expect([sketch.count, sketch.sum, sketch.min, sketch.max, sketch.mean, sketch.zeroCount]).toEqual([
      3, 6, 0, 4, 2, 1,
    ]);
  });

  it('takes values of any size', () => {
    const sketch = LatencySketch.of([1e300, 1e-300, 5]);
    expect(sketch.quantile(0.5)).toBeCloseTo(5, 1);
    expect(sketch.quantile(1)).toBe(1e300);
  });
});

describe('LatencySketch.countAbove', () => {
  test.prop([latencies, latency])('counts what lies clearly above and nothing clearly below', (values, limit) => {
    const counted = LatencySketch.of(values).countAbove(limit);
    const surely = values.filter((value) => value > limit * (1 + 2.1 * relativeAccuracy) + 2e-9).length;
    const atMost = values.filter((value) => value > limit * (1 - 2.1 * relativeAccuracy) || value > limit).length;
    expect(counted).toBeGreaterThanOrEqual(surely);
    expect(counted).toBeLessThanOrEqual(atMost);
  });
});

describe('LatencySketch.settle', () => {
  test.prop([latencies, latencies, probability])('changes no answer, now or after more values', (before, after, p) => {
    const settled = LatencySketch.of(before);
    settled.settle();
    expect(facts(settled)).toEqual(facts(LatencySketch.of(before)));
    expect(facts(LatencySketch.merged([settled, LatencySketch.of(after)]))).toEqual(
      facts(LatencySketch.of([...before, ...after])),
    );
    for (const value of after) settled.add(value);
    settled.settle();
    const all = LatencySketch.of([...before, ...after]);
    expect([settled.quantile(p), settled.countAbove(10)]).toEqual([all.quantile(p), all.countAbove(10)]);
  });
});
