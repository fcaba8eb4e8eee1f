import { endpointSubject } from '../run-record/subject.ts';
import { leadQuantile } from '../thresholds/quantiles.ts';
import { marginOf, type Thresholds } from '../thresholds/thresholds.ts';
import type { EndpointNoise } from './endpoint-noise.ts';

/** Index of the five minutes in `calibratedMinutes`: what a patient pull request spends. */
const patient = 1;

/** Margins are suggested in steps of 5 %; nobody can act on finer ones. */
const step = 0.05;

/**
 * Inputs that fit this setup: a margin that five minutes of load can tell from noise on most endpoints, and an override
 * for each endpoint that needs a wider one. Empty where the configured margins are wide enough already.
 */
export function suggestMargins(endpoints: readonly EndpointNoise[], thresholds: Thresholds): string[] {
  const known = endpoints.filter(({ detectable }) => Number.isFinite(detectable[patient]));
  if (known.length === 0) return [];
  const configured = thresholds.margins.relativeIncrease[leadQuantile];
  const needed = known.map(({ detectable }) => roundUp(detectable[patient] ?? 0)).sort((a, b) => a - b);
  const usual = Math.max(configured, needed[Math.floor(needed.length / 2)] ?? 0);
  const overrides = known
    .filter(({ endpoint, detectable }) => {
      const margin = Math.max(usual, marginOf(endpointSubject(endpoint), leadQuantile, thresholds).relative);
      return roundUp(detectable[patient] ?? 0) > margin;
    })
    .map(({ endpoint, detectable }) => `  ${endpoint} ${leadQuantile}: ${percent(roundUp(detectable[patient] ?? 0))}`);
  return [
    ...(usual > configured ? [`max-${leadQuantile}-increase: ${percent(usual)}`] : []),
    ...(overrides.length > 0 ? ['overrides: |', ...overrides] : []),
  ];
}

function roundUp(fraction: number): number {
  return Math.ceil(fraction / step - 1e-9) * step;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)}%`;
}
