import { describe, expect, it } from 'vitest';
import { ErrorFamily, type PairedRate } from '../../../../src/core/comparison/paired/paired-errors.ts';
import { errorsIdentity } from '../../../../src/core/comparison/row.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { randomNormal, seededRandom } from '../../../../src/core/stats/random.ts';
import { drawSignVectors } from '../../../../src/core/stats/sign-vectors.ts';

const scores = seededRandom('scores');
const normalScores = Float64Array.from({ length: 40 }, () => randomNormal(scores));
const allAtOnce = (alpha: number) => alpha;
const identity = errorsIdentity(endpointSubject('GET /'), 'errorRate');

function rate(baseline: readonly number[], candidate: readonly number[], total = 100): PairedRate {
  const counts = (failed: readonly number[]) => failed.map((count) => ({ failed: count, total }));
  return { identity, baseline: counts(baseline), candidate: counts(candidate) };
}

function look(...rates: PairedRate[]) {
  const pairs = rates[0]?.baseline.length ?? 0;
  const vectors = drawSignVectors(pairs, 5000, seededRandom('errors'));
  return new ErrorFamily({ alpha: 0.01, isOrderRandomized: true, vectors, normalScores }).look(rates, allAtOnce);
}

const none = new Array<number>(20).fill(0);

describe('ErrorFamily', () => {
  it('finds a failure in every block where there was none before', () => {
    expect(look(rate(none, new Array(20).fill(1)))[0]).toMatchObject({ hasRisen: true, hasFallen: false });
  });

  it('finds failures to have become fewer', () => {
    expect(look(rate(new Array(20).fill(1), none))[0]).toMatchObject({ hasRisen: false, hasFallen: true });
  });

  it('does not take one bad second for a rise, however many requests fail in it', () => {
    const burst = none.map((_, i) => (i === 9 ? 60 : 0));
    const [finding] = look(rate(none, burst));
    expect(finding?.hasRisen).toBe(false);
    expect(finding?.designEffect).toBeGreaterThan(20);
  });

  it('finds a dozen scattered failures in blocks too few for sign flips', () => {
    expect(look(rate([0, 0, 0, 0, 0], [3, 2, 3, 2, 2], 200))[0]?.hasRisen).toBe(true);
  });

  it('finds nothing where neither side fails', () => {
    expect(look(rate(none, none))[0]).toMatchObject({ hasRisen: false, hasFallen: false, pValue: 0.5 });
  });

  it('remembers a rise that an earlier look was sure of', () => {
    const vectors = drawSignVectors(20, 5000, seededRandom('errors'));
    const family = new ErrorFamily({ alpha: 0.01, isOrderRandomized: true, vectors, normalScores });
    const first = new Array<number>(10).fill(0);
    family.look(
      [
        rate(
          first,
          first.map(() => 2),
        ),
      ],
      (alpha) => alpha / 2,
    );
    const later = rate([...first, ...first.map(() => 9)], [...first.map(() => 2), ...first]);
    expect(family.look([later], allAtOnce)[0]?.hasRisen).toBe(true);
  });

  it('takes an outage of ten blocks in a row for one event where no coin decided the order, and for ten where one did', () => {
    const vectors = drawSignVectors(40, 5000, seededRandom('outage'));
    const outage = Array.from({ length: 40 }, (_, i) => (i >= 12 && i < 22 ? 50 : 0));
    const hasRisen = (isOrderRandomized: boolean) =>
      new ErrorFamily({ alpha: 0.01, isOrderRandomized, vectors, normalScores }).look(
        [
          rate(
            outage.map(() => 0),
            outage,
          ),
        ],
        allAtOnce,
      )[0]?.hasRisen;
    expect(hasRisen(false)).toBe(false);
    expect(hasRisen(true)).toBe(true);
  });
});
