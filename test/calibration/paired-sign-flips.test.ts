import { describe, expect, it } from 'vitest';
import { equalLooks, spentAlpha } from '../../src/core/stats/alpha-spending.ts';
import { varianceInflation } from '../../src/core/stats/autocorrelation.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { SequentialMaxTest } from '../../src/core/stats/sequential-max-test.ts';
import { drawSignVectors } from '../../src/core/stats/sign-vectors.ts';
import { expectAtMostRate } from '../support/expect-rate.ts';

const alpha = 0.05;
const pairs = 40;
const looks = equalLooks(pairs, 10);
const builds = 500;

/** Columns of unchanged code: symmetric about 0, sharing part of their noise. */
type NullColumns = (random: Random) => Float64Array[];

/** In how many builds of unchanged code does the sequential test find anything? */
function falseAlarms(columnsOf: NullColumns, { deflates }: { deflates: boolean }): number {
  const vectors = drawSignVectors(pairs, 1000, seededRandom('vectors'));
  let alarms = 0;
  for (let build = 0; build < builds; build++) {
    const columns = columnsOf(seededRandom(`build ${build}`));
    const test = new SequentialMaxTest(vectors);
    const isAlarm = looks.some((count) => {
      const soFar = columns.map((column) => column.subarray(0, count));
      const deflation = deflates ? Math.sqrt(varianceInflation(soFar)) : 1;
      const terms = columns.map(() => ({ deflation, weight: 1 }));
      const { critical, statistics } = test.look(soFar, spentAlpha(alpha, count / pairs), terms);
      return Math.max(...statistics) >= critical;
    });
    if (isAlarm) alarms++;
  }
  return alarms;
}

function columns(count: number, value: (random: Random, pair: number) => number): NullColumns {
  return (random) => {
    const shared = Float64Array.from({ length: pairs }, () => randomNormal(random));
    return Array.from({ length: count }, () =>
      Float64Array.from(shared, (shared, pair) => 0.5 * shared + value(random, pair)),
    );
  };
}

const cauchy = (random: Random) => randomNormal(random) / randomNormal(random);
const coin = (random: Random) => (random.next() < 0.5 ? 1 : -1);

function autoregressive(count: number, rho: number): NullColumns {
  return (random) =>
    Array.from({ length: count }, () => {
      let value = randomNormal(random);
      return Float64Array.from({ length: pairs }, () => {
        const now = value;
        value = rho * value + Math.sqrt(1 - rho * rho) * randomNormal(random);
        return now;
      });
    });
}

describe('sequential sign flips of unchanged code', () => {
  it.each<{ title: string; columnsOf: NullColumns }>([
    { title: 'one normal column', columnsOf: columns(1, randomNormal) },
    { title: 'forty normal columns', columnsOf: columns(40, randomNormal) },
    { title: 'heavy tails', columnsOf: columns(12, cauchy) },
    { title: 'ties', columnsOf: columns(12, (random) => Math.round(randomNormal(random))) },
    {
      title: 'bursts in one pair of eight',
      columnsOf: columns(12, (random, pair) => randomNormal(random) * (pair % 8 === 3 ? 8 : 1)),
    },
    { title: 'noise that grows', columnsOf: columns(12, (random, pair) => randomNormal(random) * (1 + pair / 8)) },
  ])('$title: at most 5 % false alarms', ({ columnsOf }) => {
    expectAtMostRate(falseAlarms(columnsOf, { deflates: false }), builds, alpha);
  });

  it('are exact with a coin per pair even for blocks that depend on one another', () => {
    const withCoin: NullColumns = (random) => {
      const blocks = autoregressive(5, 0.6)(random);
      const signs = Float64Array.from({ length: pairs }, () => coin(random));
      return blocks.map((column) => column.map((value, pair) => value * (signs[pair] as number)));
    };
    expectAtMostRate(falseAlarms(withCoin, { deflates: false }), builds, alpha);
  });

  it.each([{ rho: 0 }, { rho: 0.1 }, { rho: 0.2 }, { rho: 0.3 }])(
    'without a coin at lag-1 autocorrelation $rho: at most 6 %',
    ({ rho }) => {
      expectAtMostRate(falseAlarms(autoregressive(8, rho), { deflates: true }), builds, 0.06);
    },
  );

  it('would give far more than that if autocorrelation were not allowed for', () => {
    expect(falseAlarms(autoregressive(8, 0.3), { deflates: false })).toBeGreaterThan(0.12 * builds);
  });
});
