import { describe, expect, it } from 'vitest';
import { RowCritical } from '../../../../src/core/comparison/paired/latency-family.ts';
import { spentAlpha } from '../../../../src/core/stats/alpha-spending.ts';
import { randomNormal, seededRandom } from '../../../../src/core/stats/random.ts';
import { SequentialMaxTest } from '../../../../src/core/stats/sequential-max-test.ts';
import { drawSignVectors } from '../../../../src/core/stats/sign-vectors.ts';

const pairs = 20;
const looks = [5, 10, 15, 20];
const vectors = drawSignVectors(pairs, 2000, seededRandom('vectors'));
const random = seededRandom('scores');
const scores = Float64Array.from({ length: pairs }, () => randomNormal(random));
const spent = (at: number) => spentAlpha(0.05, at / pairs);

describe('RowCritical', () => {
  it('gives each look the critical value of a sequential test that looked each time, in whatever order it is asked', () => {
    const test = new SequentialMaxTest(vectors);
    const expected = looks.map((at) => test.look([scores.subarray(0, at)], spent(at)).critical);
    const row = new RowCritical(vectors, scores);
    const asked = looks.map((at) => row.look(at, spent(at)));
    expect(asked.toReversed().map((critical) => critical())).toEqual(expected.toReversed());
    expect(expected.filter((value) => Number.isFinite(value)).length).toBeGreaterThan(2);
  });

  it('allows nothing to be significant at a look that may spend no alpha', () => {
    expect(new RowCritical(vectors, scores).look(5, 0)()).toBe(Number.POSITIVE_INFINITY);
  });
});
