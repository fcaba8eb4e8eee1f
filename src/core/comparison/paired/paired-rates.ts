import { allEndpoints, endpointSubject } from '../../run-record/subject.ts';
import type { Count } from '../../stats/proportion.ts';
import { errorsIdentity } from '../row.ts';
import type { BlockPair } from './paired-blocks.ts';
import type { PairedRate } from './paired-errors.ts';
import type { EndpointPairs, SideSeries } from './paired-series.ts';

/** The error rate of every endpoint, and of all together if there are several. */
export function errorRates(endpoints: readonly EndpointPairs[]): PairedRate[] {
  const rates = endpoints.map(
    ({ endpoint, baseline, candidate }): PairedRate => ({
      identity: errorsIdentity(endpointSubject(endpoint), 'errorRate'),
      baseline: counts(baseline),
      candidate: counts(candidate),
    }),
  );
  if (rates.length < 2) return rates;
  const baseline = added(rates.map((rate) => rate.baseline));
  const candidate = added(rates.map((rate) => rate.candidate));
  return [...rates, { identity: errorsIdentity(allEndpoints, 'errorRate'), baseline, candidate }];
}

/** The failure rate of every check that both sides know. */
export function checkRates(checks: readonly BlockPair['checks'][]): PairedRate[] {
  const names = [...new Set(checks.flatMap((pair) => [...pair.keys()]))].sort();
  const none = { failed: 0, total: 0 };
  return names
    .map(
      (check): PairedRate => ({
        identity: errorsIdentity({ kind: 'check', name: check }, 'checkFailureRate'),
        baseline: checks.map((pair) => pair.get(check)?.baseline ?? none),
        candidate: checks.map((pair) => pair.get(check)?.candidate ?? none),
      }),
    )
    .filter(({ baseline, candidate }) => [baseline, candidate].every((side) => side.some(({ total }) => total > 0)));
}

function counts(side: SideSeries): Count[] {
  return side.tails.map((tail, i) => {
    const failed = side.failedRequests[i] as number;
    return { failed, total: tail.count + failed };
  });
}

function added(series: readonly (readonly Count[])[]): Count[] {
  const [first = [], ...rest] = series;
  return first.map((start, i) =>
    rest.reduce<Count>((sum, counted) => {
      const { failed, total } = counted[i] as Count;
      return { failed: sum.failed + failed, total: sum.total + total };
    }, start),
  );
}
