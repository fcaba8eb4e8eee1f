import { spentAlpha } from '../stats/alpha-spending.ts';
import type { Count } from '../stats/proportion.ts';
import { seededRandom } from '../stats/random.ts';
import { drawSignVectors } from '../stats/sign-vectors.ts';
import { matchesEndpoint } from '../thresholds/thresholds.ts';
import { allEndpoints, type Comparison, type ComparisonResult } from './comparison.ts';
import { type DuetPlan, defaultFloor, errorShare, latencyShare, signVectorCount } from './duet-plan.ts';
import { LatencyFamily, type LatencyHypothesis } from './latency-family.ts';
import { minimumRequests } from './match-endpoints.ts';
import type { BlockPair } from './paired-blocks.ts';
import { ErrorFamily, type PairedRate } from './paired-errors.ts';
import { latencyMargin, latencyRow, notComparedRow, rateRow } from './paired-rows.ts';
import { type EndpointPairs, judgedQuantiles, PairedSeries } from './paired-series.ts';

/** What a look at the data led to. */
export interface DuetLook {
  readonly decision: 'go-on' | 'stop';
  /** `regressed`, `all-shown`, `budget-used`; while going on: `undecided` or `no-look` (not a planned look). */
  readonly reason: 'regressed' | 'all-shown' | 'budget-used' | 'undecided' | 'no-look';
  readonly pairs: number;
  readonly result: ComparisonResult;
}

/** A duet under way: feed it all pairs so far, as often as wished; it decides only at the planned looks. */
export interface DuetTest {
  look(pairs: readonly BlockPair[]): DuetLook;
}

/**
 * Starts the sequential test of a duet. Everything that could be chosen to please is fixed here: the looks, the budget,
 * the margins and the sign vectors.
 */
export function startDuetTest(plan: DuetPlan): DuetTest {
  return new SequentialDuet(plan);
}

/** Sign vectors for intervals of single rows, where a coarser grain does. */
const marginalVectorCount = 1000;

class SequentialDuet implements DuetTest {
  readonly #plan: DuetPlan;
  readonly #series = new PairedSeries();
  readonly #checks: BlockPair['checks'][] = [];
  readonly #latency: LatencyFamily;
  readonly #errors: ErrorFamily;
  #last: DuetLook | undefined;

  constructor(plan: DuetPlan) {
    this.#plan = plan;
    const { alpha } = plan.thresholds;
    const random = seededRandom(plan.seed);
    const vectors = drawSignVectors(this.#budget, signVectorCount, random);
    const marginalVectors = drawSignVectors(this.#budget, marginalVectorCount, random);
    this.#latency = new LatencyFamily({
      alpha: alpha * latencyShare,
      hasCoin: plan.order === 'alternating',
      vectors,
      marginalVectors,
    });
    this.#errors = new ErrorFamily({ alpha: alpha * errorShare, vectors });
  }

  get #budget(): number {
    return this.#plan.looks.at(-1) ?? 0;
  }

  look(pairs: readonly BlockPair[]): DuetLook {
    if (this.#last?.decision === 'stop') return this.#last;
    let looked = this.#last ?? this.#lookAt(0);
    for (const at of this.#plan.looks) {
      if (at <= this.#series.pairs || at > pairs.length) continue;
      for (const pair of pairs.slice(this.#series.pairs, at)) this.#add(pair);
      looked = this.#lookAt(at);
      this.#last = looked;
      if (looked.decision === 'stop') break;
    }
    return looked;
  }

  #add(pair: BlockPair): void {
    this.#series.add(pair);
    this.#checks.push(pair.checks);
  }

  #lookAt(pairs: number): DuetLook {
    const result = this.#compare(pairs);
    const judged = result.comparisons.filter((row) => row.verdict !== 'not-compared');
    const isShown = (row: Comparison) => row.verdict === 'not-regressed' || row.verdict === 'improved';
    const look = (decision: DuetLook['decision'], reason: DuetLook['reason']) => ({ decision, reason, pairs, result });
    if (judged.some((row) => row.verdict === 'regressed')) return look('stop', 'regressed');
    if (judged.length > 0 && judged.every(isShown)) return look('stop', 'all-shown');
    return pairs >= this.#budget ? look('stop', 'budget-used') : look('go-on', 'undecided');
  }

  #compare(pairs: number): ComparisonResult {
    const { thresholds } = this.#plan;
    const spend = (alpha: number) => spentAlpha(alpha, pairs / this.#budget);
    const { hypotheses, rejected, judgedEndpoints } = this.#hypotheses(pairs);
    const rates = [...errorRates(judgedEndpoints), ...checkRates(this.#checks)];
    const errorRows = this.#errors
      .look(rates, spend)
      .map((finding) => rateRow(finding, { thresholds, pairs, share: errorShare }));
    const worse = new Set(errorRows.filter((row) => row.verdict === 'regressed').map((row) => row.endpoint));
    const latencyRows = this.#latency
      .look(hypotheses, spend)
      .map((finding) =>
        latencyRow(finding, { thresholds, pairs, share: latencyShare }, worse.has(finding.hypothesis.series.endpoint)),
      );
    return {
      comparisons: [...latencyRows, ...errorRows, ...rejected],
      baselineRuns: 1,
      candidateRuns: 1,
      common: {},
      suspects: [],
      warnings: [],
      pairs: { planned: this.#budget, used: pairs },
    };
  }

  /** Which quantiles have, or by the end of the budget will have, enough requests; and why the others have not. */
  #hypotheses(pairs: number): {
    hypotheses: LatencyHypothesis[];
    rejected: Comparison[];
    judgedEndpoints: EndpointPairs[];
  } {
    const { thresholds, placement } = this.#plan;
    const hypotheses: LatencyHypothesis[] = [];
    const rejected: Comparison[] = [];
    const judgedEndpoints: EndpointPairs[] = [];
    for (const series of this.#series.endpoints) {
      const { endpoint, baseline, candidate } = series;
      const reject = (reason: 'ignored' | 'new' | 'gone', warning: string) =>
        rejected.push(notComparedRow(endpoint, 'p95', reason, warning));
      const isIgnored = thresholds.rules.some(
        (rule) => rule.isIgnored === true && matchesEndpoint(rule.pattern, endpoint),
      );
      if (isIgnored) reject('ignored', 'ignored by the configuration');
      else if (baseline.pooled.count + baseline.failed === 0) {
        reject('new', 'the candidate has this endpoint, the baseline has not');
      } else if (candidate.pooled.count + candidate.failed === 0) {
        reject('gone', 'the baseline has this endpoint, the candidate has not');
      } else {
        judgedEndpoints.push(series);
        const fewest = Math.min(baseline.pooled.count, candidate.pooled.count);
        for (const quantile of judgedQuantiles) {
          const needed = minimumRequests[quantile];
          const margin = latencyMargin(endpoint, quantile, thresholds).log;
          const floor =
            thresholds.sensitivity === 'strict' ? Math.max(margin, defaultFloor[placement]) : defaultFloor[placement];
          if ((fewest * this.#budget) / pairs >= needed) hypotheses.push({ series, quantile, floor });
          else {
            const warning = `${quantile} needs ${needed} expected responses per side; the scarcer side has ${fewest}`;
            rejected.push(notComparedRow(endpoint, quantile, 'too-few-requests', warning));
          }
        }
      }
    }
    return { hypotheses, rejected, judgedEndpoints };
  }
}

function errorRates(endpoints: readonly EndpointPairs[]): PairedRate[] {
  const rates = endpoints.map(({ endpoint, baseline, candidate }): PairedRate => {
    const counts = (side: EndpointPairs['baseline']): Count[] =>
      side.tails.map((tail, i) => ({
        failed: side.failedRequests[i] as number,
        total: tail.count + (side.failedRequests[i] as number),
      }));
    return { endpoint, metric: 'errorRate', baseline: counts(baseline), candidate: counts(candidate) };
  });
  if (rates.length < 2) return rates;
  return [
    ...rates,
    {
      endpoint: allEndpoints,
      metric: 'errorRate',
      baseline: added(rates.map((rate) => rate.baseline)),
      candidate: added(rates.map((rate) => rate.candidate)),
    },
  ];
}

function added(series: readonly (readonly Count[])[]): Count[] {
  const [first = [], ...rest] = series;
  return first.map((count, i) =>
    rest.reduce(
      (sum, other) => ({
        failed: sum.failed + (other[i] as Count).failed,
        total: sum.total + (other[i] as Count).total,
      }),
      count,
    ),
  );
}

function checkRates(checks: readonly BlockPair['checks'][]): PairedRate[] {
  const names = [...new Set(checks.flatMap((pair) => [...pair.keys()]))].sort();
  const none = { failed: 0, total: 0 };
  return names
    .map(
      (check): PairedRate => ({
        endpoint: check,
        metric: 'checkFailureRate',
        baseline: checks.map((pair) => pair.get(check)?.baseline ?? none),
        candidate: checks.map((pair) => pair.get(check)?.candidate ?? none),
      }),
    )
    .filter(({ baseline, candidate }) => [baseline, candidate].every((side) => side.some((count) => count.total > 0)));
}
