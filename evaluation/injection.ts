import type { RunSummary } from '../src/core/comparison/run-summary.ts';
import { bucketIndex } from '../src/core/sketch/bucket-mapping.ts';
import { type LatencySketch, quantileMs } from '../src/core/sketch/latency-sketch.ts';
import { mean, present } from '../src/core/stats/sample-moments.ts';
import { perQuantile, type Quantile } from '../src/core/thresholds/quantiles.ts';
import { scaledSketch } from './scaled-sketch.ts';

/**
 * A slowdown put into a candidate: which endpoints, by how much, and of which requests. Multiplying all latencies by a
 * factor multiplies every quantile by it; multiplying the slowest tenth does so to p95 and p99 and leaves p50.
 */
export interface Injection {
  readonly endpoints: ReadonlySet<string>;
  /** 0.3 = 30 % slower. */
  readonly increase: number;
  readonly part: 'all requests' | 'slowest tenth';
}

export function inject(run: RunSummary, injection: Injection): RunSummary {
  const endpoints = new Map(run.endpoints);
  const factor = 1 + injection.increase;
  for (const name of injection.endpoints) {
    const summary = endpoints.get(name);
    if (summary === undefined) continue;
    const { p50, p95, p99 } = summary.latencyMs;
    const latencyMs: Record<Quantile, number> = {
      p50: injection.part === 'all requests' ? p50 * factor : p50,
      p95: p95 * factor,
      p99: p99 * factor,
    };
    const limit = injection.part === 'all requests' ? undefined : bucketIndex(quantileMs(summary.latency, 0.9));
    const slowed = (sketch: LatencySketch) => scaledSketch(sketch, factor, limit);
    endpoints.set(name, {
      ...summary,
      latencyMs,
      // Read for endpoints with two modes only, of which there are few.
      get latency() {
        return slowed(summary.latency);
      },
      get latencyOfBlocks() {
        return summary.latencyOfBlocks.map(slowed);
      },
    });
  }
  return { ...run, endpoints };
}

/**
 * Two runs of one deployment, which share `rho` of the variance between runs: what the deployment contributes is one run's
 * deviation from the mean of all, what each run adds is another's.
 *
 * @param all every run of the system
 * @param drawn the run that lends the deployment its deviation, then one per run of the deployment
 */
export function runsOfOneDeployment(
  all: readonly RunSummary[],
  drawn: readonly RunSummary[],
  rho: number,
): RunSummary[] {
  const [deployment, ...fresh] = drawn as [RunSummary, ...RunSummary[]];
  return fresh.map((run) => {
    const endpoints = new Map(run.endpoints);
    for (const [name, summary] of run.endpoints) {
      const latencyMs = perQuantile((quantile) => {
        const log = (of: RunSummary) => Math.log(of.endpoints.get(name)?.latencyMs[quantile] ?? Number.NaN);
        const center = mean(present(all.map(log)));
        const mixed = center + Math.sqrt(rho) * (log(deployment) - center) + Math.sqrt(1 - rho) * (log(run) - center);
        return Number.isNaN(mixed) ? summary.latencyMs[quantile] : Math.exp(mixed);
      });
      endpoints.set(name, { ...summary, latencyMs });
    }
    return { ...run, endpoints };
  });
}
