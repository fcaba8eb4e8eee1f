import type { Metric, Quantile } from '../comparison/comparison.ts';

/** Smallest changes worth acting on for one endpoint: a regression must pass the relative and the absolute one. */
export interface Margins {
  /** Relative increases per quantile (0.1 = 10 %). */
  readonly relativeIncrease: Readonly<Record<Quantile, number>>;
  /** Absolute increase of any latency quantile, in ms. */
  readonly latencyIncreaseMs: number;
  /** Absolute increase of the error rate, as a fraction (0.005 = 0.5 percentage points). */
  readonly errorRateIncrease: number;
}

/** An absolute promise such as `p95 < 300ms`. */
export interface Objective {
  readonly quantile: Quantile;
  readonly limitMs: number;
}

/** What the configuration says of one endpoint; `pattern` is its name, in which `*` stands for anything. */
export interface EndpointRule {
  readonly pattern: string;
  readonly margins?: {
    readonly relativeIncrease?: Partial<Record<Quantile, number>>;
    readonly latencyIncreaseMs?: number | Partial<Record<Quantile, number>>;
    readonly errorRateIncrease?: number;
  };
  readonly weight?: number;
  readonly isIgnored?: boolean;
  readonly objective?: Objective;
}

/** A series other than request latency that is judged too. */
export interface JudgedMetric {
  readonly metric: Metric;
  readonly unit: string;
  readonly direction: 'up' | 'down';
  /** Relative increase that matters (0.1 = 10 %). */
  readonly margin: number;
}

/** `strict`: the test itself must clear the margin. `balanced`: the estimate must. `sensitive`: narrower margins. */
export type Sensitivity = 'strict' | 'balanced' | 'sensitive';

/** All that the comparison needs to know of the configuration. */
export interface Thresholds {
  readonly margins: Margins;
  readonly rules: readonly EndpointRule[];
  readonly metrics: readonly JudgedMetric[];
  readonly sensitivity: Sensitivity;
  /** Family-wise error rate of a build; 0.05 unless the configuration says otherwise. */
  readonly alpha: number;
  /** Error rate above which a candidate that rose fails whatever the significance; as a fraction. */
  readonly errorRateCeiling: number;
  readonly judgeAgainst: 'baseline' | 'objective';
}

/** The margins of `endpoint`: the defaults, overridden by every matching rule in turn, later rules winning. */
export function marginsFor(
  endpoint: string,
  thresholds: Thresholds,
): Margins & { readonly latencyIncreaseMsOf: Readonly<Record<Quantile, number>> } {
  let { relativeIncrease, errorRateIncrease } = thresholds.margins;
  const base = thresholds.margins.latencyIncreaseMs;
  let absolute: Readonly<Record<Quantile, number>> = { p50: base, p95: base, p99: base };
  for (const rule of thresholds.rules) {
    if (rule.margins === undefined || !matchesEndpoint(rule.pattern, endpoint)) continue;
    relativeIncrease = { ...relativeIncrease, ...rule.margins.relativeIncrease };
    const ms = rule.margins.latencyIncreaseMs;
    if (typeof ms === 'number') absolute = { p50: ms, p95: ms, p99: ms };
    else if (ms !== undefined) absolute = { ...absolute, ...ms };
    errorRateIncrease = rule.margins.errorRateIncrease ?? errorRateIncrease;
  }
  return { relativeIncrease, errorRateIncrease, latencyIncreaseMs: base, latencyIncreaseMsOf: absolute };
}

/** Whether the configuration says that `endpoint` is not to be judged. */
export function isIgnored(endpoint: string, { rules }: Thresholds): boolean {
  return rules.some((rule) => rule.isIgnored === true && matchesEndpoint(rule.pattern, endpoint));
}

/** Patterns of rules that name none of `endpoints`: most likely typing errors. */
export function idlePatterns(thresholds: Thresholds, endpoints: readonly string[]): string[] {
  const patterns = new Set(thresholds.rules.map((rule) => rule.pattern));
  return [...patterns].filter((pattern) => !endpoints.some((endpoint) => matchesEndpoint(pattern, endpoint)));
}

/** Whether `pattern` (an endpoint name in which `*` stands for any text) names `endpoint`. */
export function matchesEndpoint(pattern: string, endpoint: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === endpoint;
  const [head = '', ...rest] = parts;
  if (!endpoint.startsWith(head)) return false;
  const tail = rest.pop() ?? '';
  let position = head.length;
  for (const part of rest) {
    const found = endpoint.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return endpoint.length - tail.length >= position && endpoint.endsWith(tail);
}
