import type { RunSummary } from '../src/core/comparison/run-summary.ts';
import type { Quantile } from '../src/core/thresholds/quantiles.ts';

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
    endpoints.set(name, { ...summary, latencyMs });
  }
  return { ...run, endpoints };
}
