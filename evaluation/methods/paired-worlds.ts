import { pairedLatencyShare } from '../../src/core/comparison/alpha-shares.ts';
import { equalLooks, spentAlpha } from '../../src/core/stats/alpha-spending.ts';
import { varianceInflation } from '../../src/core/stats/autocorrelation.ts';
import { randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { SequentialMaxTest } from '../../src/core/stats/sequential-max-test.ts';
import { drawSignVectors } from '../../src/core/stats/sign-vectors.ts';
import { rate } from '../row-result.ts';
import type { Figure, Method, RowPlan, Table } from '../table.ts';

const builds = 1000;
const pairs = 40;
const looks = equalLooks(pairs, 10);
const alpha = 0.05 * pairedLatencyShare;
const correlations = [0, 0.1, 0.2, 0.3];

const table: Table = {
  id: 'paired-worlds',
  title: 'Concurrent sides, simulated: false alarms by autocorrelation of the differences',
  note:
    'Differences of unchanged code follow a first-order autoregression; half of their noise is shared by all columns. 40 pairs, ten ' +
    'looks, the 4 % of a build that latency has. No coin decides the order, so statistics are divided by the root of the variance inflation; ' +
    'the last column leaves that out.',
  columns: [
    ...correlations.map((rho) => ({ id: `rho${rho * 10}`, title: `lag-1 ${rho}` })),
    { id: 'uncorrected', title: 'lag-1 0.3, not allowed for' },
  ],
};

/** The level of the joint sign flips where no coin makes them exact. */
export const pairedWorldsMethod: Method = {
  id: 'paired-worlds',
  tables: [table],
  rows: ({ scale }) =>
    [1, 8, 30].map(
      (columns): RowPlan => ({
        id: `columns-${columns}`,
        table: 'paired-worlds',
        title: columns === 1 ? 'one column' : `${columns} columns`,
        asked: Object.fromEntries(correlations.map((rho) => [`rho${rho * 10}`, '<= .06'])),
        compute: () => {
          const count = Math.ceil(builds * scale);
          const figures = correlations.map((rho) => [`rho${rho * 10}`, falseAlarms(columns, rho, count, true)]);
          return {
            total: Object.fromEntries([...figures, ['uncorrected', falseAlarms(columns, 0.3, count, false)]]),
            cells: [],
          };
        },
      }),
    ),
};

function falseAlarms(columns: number, rho: number, count: number, isCorrected: boolean): Figure {
  const vectors = drawSignVectors(pairs, 1000, seededRandom('paired worlds'));
  let failed = 0;
  for (let build = 0; build < count; build++) {
    const series = simulate(columns, rho, `${columns} ${rho} ${build}`);
    const test = new SequentialMaxTest(vectors);
    const isAlarm = looks.some((at) => {
      const soFar = series.map((column) => column.subarray(0, at));
      const deflation = isCorrected ? Math.sqrt(varianceInflation(soFar)) : 1;
      const terms = soFar.map(() => ({ deflation, weight: 1 }));
      const { critical, statistics } = test.look(soFar, spentAlpha(alpha, at / pairs), terms);
      return Math.max(...statistics) >= critical;
    });
    if (isAlarm) failed++;
  }
  return rate(failed, count);
}

function simulate(columns: number, rho: number, seed: string): Float64Array[] {
  const random = seededRandom(seed);
  const autoregressive = () => {
    let value = randomNormal(random);
    return Float64Array.from({ length: pairs }, () => {
      const now = value;
      value = rho * value + Math.sqrt(1 - rho * rho) * randomNormal(random);
      return now;
    });
  };
  const shared = autoregressive();
  if (columns === 1) return [shared];
  return Array.from({ length: columns }, () =>
    autoregressive().map((own, i) => (own + (shared[i] as number)) / Math.SQRT2),
  );
}
