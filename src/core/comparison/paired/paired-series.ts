import { BucketTail } from '../../sketch/bucket-tail.ts';
import { LatencySketch, quantileMs } from '../../sketch/latency-sketch.ts';
import { perQuantile, type Quantile, quantileNames, quantiles } from '../../thresholds/quantiles.ts';
import { type BlockPair, noRequests, type SideBlock } from './paired-blocks.ts';

/** One side of one endpoint over all pairs so far. */
export class SideSeries {
  readonly tails: BucketTail[] = [];
  readonly failedRequests: number[] = [];
  /** Per pair ln of each quantile; NaN in a pair without an expected response. */
  readonly lnQuantiles: Record<Quantile, number[]> = perQuantile(() => []);
  readonly pooled = new LatencySketch();
  failed = 0;
  #pooledTail: BucketTail | undefined;
  #quantilesMs: Readonly<Record<Quantile, number>> = perQuantile(() => Number.NaN);
  /** Number of values at which `#quantilesMs` were read. */
  #readAt = 0;

  /** The pooled sketch, frozen as of now. */
  get pooledTail(): BucketTail {
    if (this.#pooledTail?.count !== this.pooled.count) this.#pooledTail = new BucketTail(this.pooled);
    return this.#pooledTail as BucketTail;
  }

  add(block: SideBlock): void {
    const { tail, lnQuantiles } = readingOf(block.latency);
    this.tails.push(tail);
    this.failedRequests.push(block.failedRequests);
    for (const quantile of quantileNames) this.lnQuantiles[quantile].push(lnQuantiles[quantile]);
    this.pooled.merge(block.latency);
    this.failed += block.failedRequests;
  }

  /** Latency quantile over all pairs, ms; NaN without an expected response. */
  quantileMs(quantile: Quantile): number {
    if (this.#readAt !== this.pooled.count) {
      const read = (of: Quantile) => quantileMs(this.pooled, quantiles[of].probability);
      this.#quantilesMs = perQuantile(read);
      this.#readAt = this.pooled.count;
    }
    return this.#quantilesMs[quantile];
  }
}

/** What is read from the sketch of one block. */
interface BlockReading {
  readonly tail: BucketTail;
  readonly lnQuantiles: Readonly<Record<Quantile, number>>;
}

/** A block compared again and again, as in an evaluation, is read once; one that has grown since is read anew. */
const readings = new WeakMap<LatencySketch, BlockReading>();

function readingOf(latency: LatencySketch): BlockReading {
  const known = readings.get(latency);
  if (known?.tail.count === latency.count) return known;
  const ln = (quantile: Quantile) => Math.log(quantileMs(latency, quantiles[quantile].probability));
  const reading = {
    tail: new BucketTail(latency),
    lnQuantiles: perQuantile(ln),
  };
  readings.set(latency, reading);
  return reading;
}

/** Both sides of one endpoint over all pairs so far. */
export interface EndpointPairs {
  readonly endpoint: string;
  readonly baseline: SideSeries;
  readonly candidate: SideSeries;
}

/** Takes pairs one after another and keeps what the tests need of them. */
export class PairedSeries {
  readonly #endpoints = new Map<string, EndpointPairs>();
  #pairs = 0;

  get pairs(): number {
    return this.#pairs;
  }

  /** Endpoints in order of their names, so that the order of requests changes nothing. */
  get endpoints(): readonly EndpointPairs[] {
    return [...this.#endpoints.values()].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
  }

  add(pair: BlockPair): void {
    for (const endpoint of pair.endpoints.keys()) {
      if (!this.#endpoints.has(endpoint)) this.#endpoints.set(endpoint, emptyEndpoint(endpoint, this.#pairs));
    }
    for (const series of this.#endpoints.values()) {
      const blocks = pair.endpoints.get(series.endpoint);
      series.baseline.add(blocks?.baseline ?? noRequests);
      series.candidate.add(blocks?.candidate ?? noRequests);
    }
    this.#pairs++;
  }
}

function emptyEndpoint(endpoint: string, pairs: number): EndpointPairs {
  const series = { endpoint, baseline: new SideSeries(), candidate: new SideSeries() };
  for (let i = 0; i < pairs; i++) {
    series.baseline.add(noRequests);
    series.candidate.add(noRequests);
  }
  return series;
}
