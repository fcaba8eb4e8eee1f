import { LatencySketch } from '../sketch/latency-sketch.ts';
import type { AnomalyLog } from './anomaly-log.ts';
import { type BlockRange, BlockSeries, NamedSeries, otherName } from './block-series.ts';
import type { CheckSeries, MetricSeries, RateBlock } from './run-record.ts';
import type { RequestSample, Sample, TrendSample } from './sample.ts';

const maxChecks = 200;
const maxMetrics = 200;

const largestMetricValue = 1e15;

interface TrendSeries {
  readonly blocks: BlockSeries<LatencySketch>;
  unit: 'ms' | '';
}

interface Rate {
  total: number;
  failed: number;
}

/** Gathers everything of a run that isn't a request: checks, rates and trends, per time block. */
export class SeriesCollector {
  readonly #anomalies: AnomalyLog;
  readonly #checks = new NamedSeries(maxChecks, () => new BlockSeries<Rate>(newRate));
  readonly #rates = new NamedSeries(maxMetrics, () => new BlockSeries<Rate>(newRate));
  readonly #trends = new NamedSeries(maxMetrics, newTrend);

  constructor(anomalies: AnomalyLog) {
    this.#anomalies = anomalies;
  }

  add(sample: Exclude<Sample, RequestSample>, block: number): void {
    switch (sample.kind) {
      case 'check':
        countRate(this.#checks.get(sample.check).at(block), sample.passed);
        break;
      case 'rate':
        countRate(this.#rates.get(sample.metric).at(block), sample.isTrue);
        break;
      case 'trend':
        this.#addTrend(sample, block);
        break;
      default:
        sample satisfies never;
    }
  }

  checks(range: BlockRange): CheckSeries[] {
    return this.#checks
      .entries()
      .map(([check, series]) => ({ check, blocks: rateBlocks(series, range) }))
      .filter((series) => series.blocks.length > 0);
  }

  metrics(range: BlockRange): MetricSeries[] {
    const trends = this.#trends.entries().map(([metric, { unit, blocks }]): MetricSeries => {
      const values = blocks.within(range).map(({ index, block }) => ({ index, values: block }));
      return { metric, kind: 'trend', unit, blocks: values };
    });
    const rates = this.#rates.entries().map(([metric, series]): MetricSeries => {
      return { metric, kind: 'rate', blocks: rateBlocks(series, range) };
    });
    return [...trends, ...rates].filter((series) => series.blocks.length > 0);
  }

  limitWarnings(): string[] {
    const warnings: string[] = [];
    if (this.#checks.hasOverflow) warnings.push(`more than ${maxChecks} checks: the rest is joined as "${otherName}"`);
    if (this.#trends.hasOverflow || this.#rates.hasOverflow) {
      warnings.push(`more than ${maxMetrics} metrics: the rest is joined as "${otherName}"`);
    }
    return warnings;
  }

  #addTrend(sample: TrendSample, block: number): void {
    if (!(sample.value >= 0 && sample.value <= largestMetricValue)) {
      const kind = 'metric values below zero, beyond 1e15 or not finite';
      this.#anomalies.noteLeftOut(kind, `${sample.value} of ${sample.metric.slice(0, 100)}`);
      return;
    }
    const trend = this.#trends.get(sample.metric);
    trend.unit = sample.unit;
    trend.blocks.at(block).add(sample.value);
  }
}

function newRate(): Rate {
  return { total: 0, failed: 0 };
}

function newTrend(): TrendSeries {
  const blocks = new BlockSeries(
    () => new LatencySketch(),
    (values) => values.settle(),
  );
  return { blocks, unit: '' };
}

function countRate(rate: Rate, isGood: boolean): void {
  rate.total++;
  if (!isGood) rate.failed++;
}

function rateBlocks(series: BlockSeries<Rate>, range: BlockRange): RateBlock[] {
  return series.within(range).map(({ index, block }) => ({ index, total: block.total, failed: block.failed }));
}
