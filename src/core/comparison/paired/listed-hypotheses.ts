import type { JudgedMetric } from '../../thresholds/thresholds.ts';
import { smallestValue, trendValue } from '../listed-metric-value.ts';
import { listedIdentity } from '../row.ts';
import type { DuetHypothesis } from './duet-hypotheses.ts';
import type { BlockPair, SideMetric } from './paired-blocks.ts';
import { ratioColumn } from './paired-columns.ts';

/**
 * The metrics that the configuration lists and both sides know: the 95th percentile of a trend (the 5th where down is
 * worse), the share of true values of a rate.
 */
export function listedHypotheses(metrics: readonly JudgedMetric[], pairs: readonly BlockPair[]): DuetHypothesis[] {
  return metrics.flatMap((metric) => {
    const sides = pairs.map((pair) => pair.metrics?.get(metric.metric));
    const before = sides.map((side) => side?.baseline);
    const after = sides.map((side) => side?.candidate);
    const [pooledBefore, pooledAfter] = [pooled(before, metric), pooled(after, metric)];
    if (Number.isNaN(pooledBefore) || Number.isNaN(pooledAfter)) return [];
    const sign = metric.direction === 'up' ? 1 : -1;
    const worse = (a: number, b: number) => sign * Math.log(Math.max(b, smallestValue) / Math.max(a, smallestValue));
    const logs = Float64Array.from(before, (side, i) => worse(pooled([side], metric), pooled([after[i]], metric)));
    const exactly = (point: number) => ({ point, interval: [point, point] as const });
    const hypothesis: DuetHypothesis = {
      ...listedIdentity(metric),
      change: worse(pooledBefore, pooledAfter),
      margin: { relative: metric.margin },
      whole: [ratioColumn(`metric ${metric.metric}`, `metric ${metric.metric}`, 1, logs)],
      common: 0,
      own: [],
      sides: () => ({ baseline: exactly(pooledBefore), candidate: exactly(pooledAfter) }),
    };
    return [hypothesis];
  });
}

/** One number for the blocks of one side; NaN without any value. */
function pooled(blocks: readonly (SideMetric | undefined)[], metric: JudgedMetric): number {
  const present = blocks.filter((block) => block !== undefined);
  if (present.some((block) => block.kind === 'trend')) {
    const sketches = present.flatMap((block) => (block.kind === 'trend' ? [block.values] : []));
    return trendValue(sketches, metric.direction);
  }
  let total = 0;
  let trueValues = 0;
  for (const block of present) {
    if (block.kind !== 'rate') continue;
    total += block.total;
    trueValues += block.total - block.failed;
  }
  return trueValues / total;
}
