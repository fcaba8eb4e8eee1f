import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { bucketIndex } from '../../../src/core/sketch/bucket-mapping.ts';
import { BucketTail } from '../../../src/core/sketch/bucket-tail.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';

describe('BucketTail', () => {
  test.prop([
    fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { maxLength: 60 }),
    fc.double({ min: 0.01, max: 1e5, noNaN: true }),
  ])('counts as many values above a bucket as the sketch does', (values, limit) => {
    const sketch = LatencySketch.of(values);
    expect(new BucketTail(sketch).countAbove(bucketIndex(limit))).toBe(sketch.countAbove(limit));
  });
});
