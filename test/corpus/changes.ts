import { scaledSketch } from '../../evaluation/scaled-sketch.ts';
import type { EndpointBlock, EndpointSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { bucketIndex } from '../../src/core/sketch/bucket-mapping.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { type Random, randomInteger, randomNormal } from '../../src/core/stats/random.ts';
import type { Thresholds } from '../../src/core/thresholds/thresholds.ts';
import type { FailOn } from '../../src/core/verdict/build-verdict.ts';
import type { JudgingPlan } from '../../src/gate/judge.ts';
import { readAs } from '../support/a-measured-run.ts';
import { slowed } from '../support/a-steady-run.ts';
import { givenScripts } from '../support/given-scripts.ts';
import { someThresholds } from '../support/some-thresholds.ts';

/** What becomes of a run. */
type Change = (run: RunRecord) => RunRecord;

/** The endpoint that changes meant for one endpoint are done to: one in the middle, so that it is neither first nor last. */
export function oneOf({ endpoints }: RunRecord): string {
  return endpoints[Math.floor(endpoints.length / 2)]?.endpoint ?? '';
}

function halfOf({ endpoints }: RunRecord): string[] {
  return endpoints.flatMap(({ endpoint }, i) => (i % 2 === 0 ? [endpoint] : []));
}

/** The run with other series in place of those called `names`. */
export function withSeries(
  run: RunRecord,
  names: readonly string[],
  change: (series: EndpointSeries) => EndpointSeries,
): RunRecord {
  return { ...run, endpoints: run.endpoints.map((one) => (names.includes(one.endpoint) ? change(one) : one)) };
}

export function withBlocks(
  run: RunRecord,
  names: readonly string[],
  change: (block: EndpointBlock) => EndpointBlock,
): RunRecord {
  return withSeries(run, names, (series) => ({ ...series, blocks: series.blocks.map(change) }));
}

export function allOf({ endpoints }: RunRecord): string[] {
  return endpoints.map(({ endpoint }) => endpoint);
}

/** The slowest tenth of the requests takes `factor` times as long. */
function slowTail(run: RunRecord, factor: number): RunRecord {
  return withSeries(run, [oneOf(run)], (series) => {
    const limit = bucketIndex(LatencySketch.merged(series.blocks.map(({ latency }) => latency)).quantile(0.9));
    return {
      ...series,
      blocks: series.blocks.map((block) => ({ ...block, latency: scaledSketch(block.latency, factor, limit) })),
    };
  });
}

/** So many more requests failed, as a share of those that were answered. */
export function failing(run: RunRecord, names: readonly string[], share: number): RunRecord {
  return withSeries(run, names, (series) => {
    let due = 0;
    const blocks = series.blocks.map((block) => {
      due += block.latency.count * share;
      const failed = Math.floor(due);
      due -= failed;
      return { ...block, failedRequests: block.failedRequests + failed };
    });
    return { ...series, blocks };
  });
}

/** Every request failed with `outcome`. */
export function allFailed(run: RunRecord, outcome: string, fromBlock = 0): RunRecord {
  return withSeries(run, allOf(run), (series) => {
    const lost = (block: EndpointBlock) => (block.index < fromBlock ? 0 : block.latency.count + block.failedRequests);
    return {
      ...series,
      outcomes: { ...series.outcomes, [outcome]: series.blocks.reduce((sum, block) => sum + lost(block), 0) },
      blocks: series.blocks.map((block) =>
        block.index < fromBlock ? block : { ...block, latency: new LatencySketch(), failedRequests: lost(block) },
      ),
    };
  });
}

/** Only a part of the requests of each block; the first ones, so their latencies are those of `run`. */
export function thinned(run: RunRecord, names: readonly string[], part: number): RunRecord {
  return withBlocks(run, names, (block) => {
    const most = Math.max(1, Math.round(block.latency.count * part));
    const values: number[] = [];
    for (let i = 0; i < most; i++) values.push(block.latency.quantile((i + 0.5) / most));
    return { ...block, latency: LatencySketch.of(values) };
  });
}

function withEndpoint(run: RunRecord, endpoint: string): RunRecord {
  const [first] = run.endpoints;
  return first === undefined ? run : { ...run, endpoints: [...run.endpoints, { ...first, ...readAs(endpoint) }] };
}

export function withoutEndpoint(run: RunRecord, endpoint: string): RunRecord {
  return { ...run, endpoints: run.endpoints.filter((series) => series.endpoint !== endpoint) };
}

function withChecks(run: RunRecord, change: (failed: number, total: number) => number): RunRecord {
  const checks = run.checks.map((series, i) => {
    if (i > 0) return series;
    const blocks = series.blocks.map((block) => ({ ...block, failed: change(block.failed, block.total) }));
    return { ...series, blocks };
  });
  return { ...run, checks };
}

/** Trends take `factor` times their values; of rates, a part of the true values becomes false or the other way round. */
function withMetrics(run: RunRecord, factor: number): RunRecord {
  return {
    ...run,
    metrics: run.metrics.map((series) =>
      series.kind === 'trend'
        ? {
            ...series,
            blocks: series.blocks.map((block) => ({ ...block, values: scaledSketch(block.values, factor) })),
          }
        : {
            ...series,
            blocks: series.blocks.map((block) => ({
              ...block,
              failed: Math.max(
                0,
                Math.min(block.total, Math.round(block.total - (block.total - block.failed) / factor)),
              ),
            })),
          },
    ),
  };
}

/** What may have happened to a candidate; most to one endpoint, as changes of code mostly do. */
export const changes: Readonly<Record<string, Change>> = {
  unchanged: (run) => run,
  'one-endpoint-10': (run) => slowed(run, 1.1, [oneOf(run)]),
  'one-endpoint-20': (run) => slowed(run, 1.2, [oneOf(run)]),
  'one-endpoint-50': (run) => slowed(run, 1.5, [oneOf(run)]),
  'half-20': (run) => slowed(run, 1.2, halfOf(run)),
  'all-10': (run) => slowed(run, 1.1),
  'all-40': (run) => slowed(run, 1.4),
  'tail-60': (run) => slowTail(run, 1.6),
  'one-improved-30': (run) => slowed(run, 0.7, [oneOf(run)]),
  'all-improved-30': (run) => slowed(run, 0.7),
  'errors-1': (run) => failing(run, [oneOf(run)], 0.01),
  'errors-all-2': (run) => failing(run, allOf(run), 0.02),
  'error-ceiling': (run) => failing(run, [oneOf(run)], 0.08),
  'slower-and-failing': (run) => failing(slowed(run, 1.5, [oneOf(run)]), [oneOf(run)], 0.1),
  'checks-fail': (run) => withChecks(run, (failed, total) => Math.min(total, failed + 6)),
  'checks-recover': (run) => withChecks(run, () => 0),
  'metrics-double': (run) => withMetrics(run, 2),
  'metrics-halved': (run) => withMetrics(run, 0.5),
  'metrics-up-15': (run) => withMetrics(run, 1.15),
  'metrics-gone': (run) => ({ ...run, metrics: run.metrics.slice(1) }),
  'endpoint-new': (run) => withEndpoint(run, 'GET /new-endpoint'),
  'endpoint-gone': (run) => withoutEndpoint(run, oneOf(run)),
  'load-changed': (run) => thinned(run, [oneOf(run)], 0.4),
  'thinned-out': (run) => thinned(run, allOf(run), 0.15),
};

/** Adds two checks and a trend and a rate to a run; `level` says how this run differs from others. */
export function withSeriesBesides(run: RunRecord, random: Random, blocks: number): RunRecord {
  const level = Math.exp(0.03 * randomNormal(random));
  const indices = Array.from({ length: blocks }, (_, index) => index);
  const failedOf = (total: number, share: number) =>
    Array.from({ length: total }, () => random.next()).filter((drawn) => drawn < share).length;
  const rate = (total: number, share: number) =>
    indices.map((index) => ({ index, total, failed: failedOf(total, share) }));
  return {
    ...run,
    checks: [
      { check: 'status is 200', blocks: rate(40, 0.02) },
      { check: 'body | has <items>', blocks: rate(40, 0) },
    ],
    metrics: [
      {
        metric: 'render_time',
        kind: 'trend',
        unit: 'ms',
        blocks: indices.map((index) => ({
          index,
          values: LatencySketch.of(Array.from({ length: 20 }, () => 50 * level * Math.exp(0.3 * randomNormal(random)))),
        })),
      },
      { metric: 'cart_filled', kind: 'rate', blocks: rate(40, 0.3) },
    ],
  };
}

const judgedMetrics: Thresholds['metrics'] = [
  { metric: 'render_time', unit: 'ms', direction: 'up', margin: 0.1 },
  { metric: 'cart_filled', unit: 'fraction', direction: 'down', margin: 0.1 },
];

const usualFailOn: readonly FailOn[] = ['regressed', 'k6-thresholds', 'invalid'];

export function planWith(thresholds: Partial<Thresholds> = {}, others: Partial<JudgingPlan> = {}): JudgingPlan {
  return { name: 'shop', thresholds: someThresholds(thresholds), failOn: usualFailOn, ...others };
}

const { margins } = someThresholds();

/** What somebody may have configured. */
export const configurations: Readonly<Record<string, JudgingPlan>> = {
  usual: planWith(),
  strict: planWith({ sensitivity: 'strict' }),
  sensitive: planWith({ sensitivity: 'sensitive' }),
  'alpha-01': planWith({ alpha: 0.01 }),
  'alpha-20': planWith({ alpha: 0.2 }, { failOn: ['regressed', 'inconclusive'] }),
  'no-margin-ms': planWith({ margins: { ...margins, latencyIncreaseMs: 0 } }),
  'wide-margins': planWith({
    margins: { relativeIncrease: { p50: 0.3, p95: 0.4, p99: 0.5 }, latencyIncreaseMs: 20, errorRateIncrease: 0.02 },
  }),
  'narrow-margins': planWith({
    margins: { relativeIncrease: { p50: 0.02, p95: 0.03, p99: 0.05 }, latencyIncreaseMs: 1, errorRateIncrease: 0.001 },
    sensitivity: 'sensitive',
  }),
  'rule-for-gets': planWith({
    rules: [
      { pattern: 'GET *', margins: { relativeIncrease: { p95: 0.25 }, latencyIncreaseMs: { p50: 2, p99: 30 } } },
      { pattern: 'POST *', margins: { latencyIncreaseMs: 0, errorRateIncrease: 0.03 }, weight: 5 },
    ],
  }),
  'later-rule-wins': planWith({
    rules: [
      { pattern: '*', margins: { relativeIncrease: { p50: 0.5, p95: 0.5, p99: 0.5 } }, weight: 0.5 },
      { pattern: '*/items*', margins: { relativeIncrease: { p50: 0.05 } }, weight: 10 },
      { pattern: 'DELETE /nothing', weight: 2 },
    ],
  }),
  ignoring: planWith({
    rules: [
      { pattern: 'POST *', isIgnored: true },
      { pattern: '*search*', isIgnored: true },
    ],
  }),
  'objectives-wide': planWith({
    judgeAgainst: 'objective',
    rules: [{ pattern: '*', objective: { quantile: 'p95', limitMs: 5000 } }],
  }),
  'objectives-tight': planWith({
    judgeAgainst: 'objective',
    rules: [
      { pattern: '*', objective: { quantile: 'p95', limitMs: 100 } },
      { pattern: 'GET *', objective: { quantile: 'p50', limitMs: 900 } },
    ],
  }),
  'objectives-of-some': planWith({
    judgeAgainst: 'objective',
    rules: [{ pattern: 'GET *', objective: { quantile: 'p99', limitMs: 2000 } }],
  }),
  metrics: planWith({ metrics: judgedMetrics }),
  'metrics-strict': planWith({
    sensitivity: 'strict',
    metrics: [...judgedMetrics, { metric: 'nowhere', unit: '', direction: 'up', margin: 0.2 }],
  }),
  'metrics-the-other-way': planWith({
    metrics: judgedMetrics.map((metric) => ({ ...metric, direction: metric.direction === 'up' ? 'down' : 'up' })),
  }),
  'never-fails': planWith({}, { failOn: ['never'] }),
  'fails-on-doubt': planWith({}, { failOn: ['regressed', 'inconclusive', 'no-baseline', 'invalid'] }),
  'only-k6-thresholds': planWith({}, { failOn: ['k6-thresholds'] }),
  'only-measures': planWith({}, { onlyMeasures: true }),
  'low-ceiling': planWith(
    { errorRateCeiling: 0.005, margins: { ...margins, errorRateIncrease: 0.1 } },
    { given: givenScripts(['load/shop.js', 'load/admin panel.js']) },
  ),
};

/** `count` of `items`, each at most once, in their order. */
export function someOf<T>(items: readonly T[], count: number, random: Random): T[] {
  const left = [...items.keys()];
  while (left.length > count) left.splice(randomInteger(random, left.length), 1);
  return left.map((i) => items[i] as T);
}
