import { labelsMeantBy } from '../run-record/endpoint-name.ts';
import { type Subject, subjectLabel } from '../run-record/subject.ts';
import { isQuantile, perQuantile, type Quantile } from './quantiles.ts';

/** A quantile, `errorRate`, `checkFailureRate`, a total of the load, or the name of a metric that the configuration lists. */
export type Metric = Quantile | 'errorRate' | 'checkFailureRate' | (string & {});

/**
 * The smallest change of one metric of one subject that is worth acting on. A regression must pass both parts.
 *
 * `relative`: in the unit of the row's `relativeChange` (0.1 = 10 %; for rates of failures a difference of fractions).
 * `absolute`: ms; latencies only.
 */
export interface Margin {
  readonly relative: number;
  readonly absolute?: number;
}

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
  /** What else the endpoints of the runs that are judged may be called, by their labels; rules may name them so too. */
  readonly otherLabels?: ReadonlyMap<string, readonly string[]>;
}

/** `sensitive` judges latencies by half their margins. */
function marginFactor({ sensitivity }: Thresholds): number {
  return sensitivity === 'sensitive' ? 0.5 : 1;
}

/**
 * The margin of `metric` of `subject`, the only place where it is looked up: the default, overridden by every matching
 * rule in turn, later rules winning, and halved where the configuration asks for it. Totals of the load have margins of
 * their own and are not asked for here.
 */
export function marginOf(subject: Subject, metric: Metric, thresholds: Thresholds): Margin {
  if (isQuantile(metric)) return latencyMargin(subject, metric, thresholds);
  if (subject.kind === 'metric') {
    return { relative: thresholds.metrics.find((listed) => listed.metric === subject.name)?.margin ?? 0 };
  }
  let relative = thresholds.margins.errorRateIncrease;
  for (const { margins } of rulesFor(subject, thresholds)) relative = margins?.errorRateIncrease ?? relative;
  return { relative };
}

function latencyMargin(subject: Subject, quantile: Quantile, thresholds: Thresholds): Required<Margin> {
  let relative = thresholds.margins.relativeIncrease[quantile];
  let absolute = thresholds.margins.latencyIncreaseMs;
  for (const { margins } of rulesFor(subject, thresholds)) {
    relative = margins?.relativeIncrease?.[quantile] ?? relative;
    const ms = margins?.latencyIncreaseMs;
    absolute = (typeof ms === 'number' ? ms : ms?.[quantile]) ?? absolute;
  }
  const factor = marginFactor(thresholds);
  return { relative: relative * factor, absolute: absolute * factor };
}

/** The margins that hold where no rule says otherwise. */
export function usualMargins(thresholds: Thresholds): {
  readonly latency: Readonly<Record<Quantile, Required<Margin>>>;
  readonly errorRate: Margin;
} {
  const factor = marginFactor(thresholds);
  const { relativeIncrease, latencyIncreaseMs, errorRateIncrease } = thresholds.margins;
  return {
    latency: perQuantile((quantile) => ({
      relative: relativeIncrease[quantile] * factor,
      absolute: latencyIncreaseMs * factor,
    })),
    errorRate: { relative: errorRateIncrease },
  };
}

/** ln of the ratio at which a relative increase passes `margin`. */
export function logOfMargin({ relative }: Margin): number {
  return Math.log1p(relative);
}

/** How much the subject counts beside the others; of several matching rules the last one counts, as for margins. */
export function weightOf(subject: Subject, thresholds: Thresholds): number {
  return rulesFor(subject, thresholds).findLast(({ weight }) => weight !== undefined)?.weight ?? 1;
}

/** One objective per quantile; of several matching rules the last counts. */
export function objectivesOf(subject: Subject, thresholds: Thresholds): readonly Objective[] {
  const objectives = rulesFor(subject, thresholds).flatMap(({ objective }) => objective ?? []);
  return [...new Map(objectives.map((objective) => [objective.quantile, objective])).values()];
}

/** Rules that name the subject; in a matrix with or without its job: `GET /cart` or `checkout / GET /cart`. */
function rulesFor(subject: Subject, thresholds: Thresholds): readonly EndpointRule[] {
  const { rules } = thresholds;
  if (rules.length === 0) return rules;
  const { job, ...alone } = subject;
  const own = subjectLabel(alone as Subject);
  const labels = subject.kind === 'endpoint' ? labelsOf(own, thresholds) : [own];
  const all = job === undefined ? labels : [...labels, ...labels.map((label) => `${job} / ${label}`)];
  return rules.filter(({ pattern }) => all.some((label) => matchesEndpoint(pattern, label)));
}

function labelsOf(endpoint: string, { otherLabels }: Thresholds): readonly string[] {
  return [endpoint, ...(otherLabels?.get(endpoint) ?? [])];
}

/** Whether the configuration says that `endpoint` is not to be judged. */
export function isIgnored(endpoint: string, thresholds: Thresholds): boolean {
  const ignoring = thresholds.rules.filter((rule) => rule.isIgnored === true);
  return ignoring.some(({ pattern }) =>
    labelsOf(endpoint, thresholds).some((label) => matchesEndpoint(pattern, label)),
  );
}

/** Patterns of rules that name none of `endpoints`: most likely typing errors. */
export function idlePatterns(thresholds: Thresholds, endpoints: readonly string[]): string[] {
  const patterns = new Set(thresholds.rules.map((rule) => rule.pattern));
  const labels = endpoints.flatMap((endpoint) => labelsOf(endpoint, thresholds));
  return [...patterns].filter((pattern) => !labels.some((label) => matchesEndpoint(pattern, label)));
}

/** Whether `pattern` (an endpoint name in which `*` stands for any text), in any of its spellings, names `endpoint`. */
function matchesEndpoint(pattern: string, endpoint: string): boolean {
  return labelsMeantBy(pattern).some((spelling) => matchesText(spelling, endpoint));
}

function matchesText(pattern: string, endpoint: string): boolean {
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
