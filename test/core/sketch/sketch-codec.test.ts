import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';
import { decodeSketch, encodeSketch } from '../../../src/core/sketch/sketch-codec.ts';

const values = fc.array(
  fc.oneof(
    fc.double({ min: 0, max: 60_000, noNaN: true }),
    fc.double({ min: 0, max: 1e15, noNaN: true }),
    fc.constantFrom(0, 1e-7, 3),
  ),
  { maxLength: 200 },
);

describe('decodeSketch', () => {
  test.prop([values])('gives back counts and buckets exactly, extremes and sum nearly', (list) => {
    const sketch = LatencySketch.of(list);
    const decoded = decodeSketch(encodeSketch(sketch));
    expect([...decoded.buckets()]).toEqual([...sketch.buckets()]);
    expect([decoded.count, decoded.zeroCount]).toEqual([sketch.count, sketch.zeroCount]);
    if (list.length === 0) return;
    expect(Math.abs(decoded.min - sketch.min)).toBeLessThanOrEqual(sketch.min * 2e-4 + 1e-9);
    expect(Math.abs(decoded.max - sketch.max)).toBeLessThanOrEqual(sketch.max * 2e-4 + 1e-9);
    // The cells of the sum end at 1 + 0.005 times the buckets' middles, a bucket at (gamma + 1) / 2 = 1.005025 times its
    // own: at that edge the middle of the last cell, 1 + (1023.5 / 1024 - 0.5) * 0.01 = 1.004995, is 3.0e-5 away.
    expect(Math.abs(decoded.sum - sketch.sum)).toBeLessThanOrEqual(sketch.sum * 3.1e-5 + 1e-6);
    expect(decoded.min).toBeLessThanOrEqual(decoded.max);
  });

  test.prop([values])('makes a sketch that encodes to the same text', (list) => {
    const text = encodeSketch(LatencySketch.of(list));
    expect(encodeSketch(decodeSketch(text))).toBe(text);
  });

  test.prop([fc.string({ maxLength: 40 })])('gives a sketch or a RangeError for any text', (text) => {
    try {
      expect(decodeSketch(text)).toBeInstanceOf(LatencySketch);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  });

  it('refuses text that was cut short', () => {
    const text = encodeSketch(LatencySketch.of([1, 50, 50, 900]));
    expect(() => decodeSketch(text.slice(0, -1))).toThrow(RangeError);
  });

  it('refuses a bucket far outside instead of asking for gigabytes', () => {
    expect(() => decodeSketch('AAAA//////B')).toThrow(/out of range/u);
  });
});

describe('encodeSketch', () => {
  it('is empty for an empty sketch and one character for a zero', () => {
    expect([encodeSketch(new LatencySketch()), encodeSketch(LatencySketch.of([0]))]).toEqual(['', 'B']);
  });

  it('writes one value as zeros, places, sum and one bucket', () => {
    // 10 ms: ln 10 / ln gamma = 230.25666, so bucket 231 (zigzag 462 = 14 * 32 + 14: "uO"), a quarter of the way into it:
    // 0.25666 * 32 = 8.2: "I". The bucket's value is 10.02424, so the sum is 0.997582 of it:
    // (0.997582 - 0.995) / 0.01 * 1024 = 264.4, and 264 = 8 * 32 + 8: "oI".
    expect(encodeSketch(LatencySketch.of([10]))).toBe('AIIoIuOB');
  });
});
