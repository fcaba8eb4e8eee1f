import { type Estimate, type Family, isDifference, type Row, type Unit } from '../comparison/row.ts';
import { subjectLabel } from '../run-record/subject.ts';
import { isQuantile } from '../thresholds/quantiles.ts';
import type { Metric } from '../thresholds/thresholds.ts';

/** Numbers as people read them. Each number of a report is rounded here and nowhere else. */

const minus = '−';

function formatNumber(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2;
  return trimZeros(value.toFixed(digits)).replace('-', minus);
}

/** `3.42 ms`, `5 ms`, `120 ms`, `12.3 s`. */
export function formatMs(milliseconds: number): string {
  return milliseconds >= 10_000 ? `${formatNumber(milliseconds / 1000)} s` : `${formatNumber(milliseconds)} ms`;
}

/** A share as a percentage: `0.12 %`, `4.2 %`, `63 %`. */
export function formatShare(fraction: number): string {
  const percent = fraction * 100;
  if (percent > 0 && percent < 0.01) return '< 0.01 %';
  return `${trimZeros(percent.toFixed(percent >= 10 ? 0 : percent >= 1 ? 1 : 2))} %`;
}

/** A relative change with its sign: `+52 %`, `−3.1 %`, `0 %`. */
export function formatChange(fraction: number): string {
  if (!Number.isFinite(fraction)) return '?';
  return `${withSign(fraction * 100)} %`;
}

/** A difference of shares in percentage points: `+4.1 pp`. */
export function formatPoints(fraction: number): string {
  return `${withSign(fraction * 100)} pp`;
}

/** `p = 0.013`, `p < 0.001`. */
export function formatPValue(value: number): string {
  return value < 0.001 ? 'p < 0.001' : `p = ${trimZeros(value.toFixed(3))}`;
}

/** How long ago, in the largest unit that gives at least two: `3 days`, `26 hours`, `40 minutes`. */
export function formatAge(milliseconds: number): string {
  for (const [unit, ms] of [
    ['days', 86_400_000],
    ['hours', 3_600_000],
    ['minutes', 60_000],
  ] as const) {
    if (milliseconds >= 2 * ms) return `${Math.round(milliseconds / ms)} ${unit}`;
  }
  return 'a minute';
}

/** `1 endpoint`, `3 endpoints`, `12,000 requests`. */
export function formatCount(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${formatWhole(count)} ${noun}s`;
}

/** `980`, `12,000`. */
export function formatWhole(count: number): string {
  return String(count).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
}

/** As people read it: `p95`, `errors`, `failed checks`. */
export function metricLabel(metric: Metric): string {
  if (metric === 'errorRate') return 'errors';
  if (metric === 'slowRequests') return 'slow requests';
  return metric === 'checkFailureRate' ? 'failed checks' : metric;
}

/** What a row is about: the endpoint or check, the metric that the configuration lists, or the total of the load. */
export function subjectText({ subject, family, metric }: Pick<Row, 'subject' | 'family' | 'metric'>): string {
  if (family !== 'load') return subjectLabel(subject);
  return subject.job === undefined ? metric : `${subject.job} / ${metric}`;
}

/** How one figure of it is called: a subject that is a metric has no further one. */
export function figureLabel({ family, metric }: Pick<Row, 'family' | 'metric'>): string {
  return family === 'metrics' || family === 'load' ? 'metric' : metricLabel(metric);
}

/** Both sides with one unit: `120 → 183 ms`; empty when a side is missing. */
export function formatSides({ baseline, candidate, unit }: Row): string {
  if (baseline === undefined || candidate === undefined) return '';
  return formatSidesIn(unit, baseline.point, candidate.point);
}

/** `parting`: what stands between the sides; an arrow unless given. */
export function formatSidesIn(unit: Unit, baseline: number, candidate: number, parting = '→'): string {
  return joinSides(formatValue(baseline, unit), formatValue(candidate, unit), parting);
}

function joinSides(before: string, after: string, parting = '→'): string {
  const [beforeUnit, afterUnit] = [before, after].map((text) => / \S+$/.exec(text)?.[0] ?? '');
  return beforeUnit === afterUnit && beforeUnit
    ? `${before.slice(0, -beforeUnit.length)} ${parting} ${after}`
    : `${before} ${parting} ${after}`;
}

function formatValue(value: number, unit: Row['unit']): string {
  if (unit === 'ms') return formatMs(value);
  return unit === 'fraction' ? formatShare(value) : formatNumber(value);
}

/** The change in the unit that suits the metric; errors and checks change by percentage points. */
export function formatChangeOf({ family, relativeChange }: Row): string {
  return relativeChange === undefined ? '' : formatChangeIn(family, relativeChange.point);
}

/** `+52 %`; for errors and checks `+1.2 pp`, since a percentage of a percentage misleads. */
export function formatChangeIn(family: Family, change: number): string {
  return isDifference(family) ? formatPoints(change) : formatChange(change);
}

/** `+40 to +65 %`, `+40 % or more`, `up to +65 %`; empty without an interval. */
export function formatInterval({ family, relativeChange }: Row): string {
  return relativeChange === undefined ? '' : formatIntervalIn(family, relativeChange.interval);
}

/** `parting`: what stands between two ends; `to` unless given. */
export function formatIntervalIn(family: Family, interval: Estimate['interval'], parting = 'to'): string {
  const [low, high] = [formatChangeIn(family, interval[0]), formatChangeIn(family, interval[1])];
  switch (opennessOf(family, interval)) {
    case 'open':
      return 'anything';
    case 'open-below':
      return `up to ${high}`;
    case 'open-above':
      return `${low} or more`;
    case 'closed':
      return `${low.replace(/ (%|pp)$/, '')} ${parting} ${high}`;
  }
}

/** Which ends an interval has. Nothing can lose more than all of its latency, and no rate rises by more than all: such an end says only that there is none yet. */
export function opennessOf(
  family: Family,
  [low, high]: Estimate['interval'],
): 'closed' | 'open-below' | 'open-above' | 'open' {
  const isOpenBelow = (family === 'latency' || isDifference(family)) && low <= -1;
  const isOpenAbove = !Number.isFinite(high) || (isDifference(family) && high >= 1);
  if (isOpenBelow) return isOpenAbove ? 'open' : 'open-below';
  return isOpenAbove ? 'open-above' : 'closed';
}

/** How changes of `metric` are measured, where only its name is known. */
export function metricFamily(metric: Metric): Family {
  if (metric === 'errorRate' || metric === 'checkFailureRate') return 'errors';
  if (metric === 'slowRequests') return 'shares';
  return isQuantile(metric) ? 'latency' : 'metrics';
}

function withSign(percent: number): string {
  const size = Math.abs(percent);
  const text = trimZeros(size.toFixed(size >= 10 ? 0 : size >= 1 ? 1 : 2));
  if (text === '0') return '0';
  return percent > 0 ? `+${text}` : `${minus}${text}`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Two latencies with one unit where they share it: `120 → 183 ms`. */
export function formatSpan(beforeMs: number, afterMs: number): string {
  return joinSides(formatMs(beforeMs), formatMs(afterMs));
}

/** A length of time in whole or broken seconds: `5 s`, `2.5 s`. */
export function formatSeconds(milliseconds: number): string {
  return `${formatNumber(milliseconds / 1000)} s`;
}

/** Time that people wait, all of them together: `40 s`, `25 min`, `3.2 h`. */
export function formatWait(milliseconds: number): string {
  if (milliseconds < 120_000) return `${Math.round(milliseconds / 1000)} s`;
  const minutes = milliseconds / 60_000;
  return minutes < 120 ? `${Math.round(minutes)} min` : `${formatNumber(minutes / 60)} h`;
}

/** Time since a run began: `0:05`, `12:40`. */
export function formatSplitTime(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A day as people write it, in UTC: `25 Nov 2026`; empty for what is no time. */
export function formatDay(isoTime: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(isoTime) ?? [];
  const name = months[Number(month) - 1];
  return name === undefined ? '' : `${Number(day)} ${name} ${year}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The change of one row in a sentence or a cell: `+52 %`. After an early stop the interval comes first, lower end first:
 * `+40 to +65 %, +52 % at stop`; what was measured when the answer was known leans toward the larger changes, and the
 * interval allows for that.
 */
export function changeWords(row: Row, isAtStop: boolean): string {
  const change = formatChangeOf(row);
  if (!isAtStop || change === '') return change;
  const interval = formatInterval(row);
  return interval === 'anything' ? `${change} at stop` : `${interval}, ${change} at stop`;
}

/** `p95 120 → 183 ms (+52 %)`. */
export function movementWords(row: Row, isAtStop: boolean): string {
  const sides = formatSides(row);
  const change = changeWords(row, isAtStop);
  const movement = sides === '' ? change : `${sides} (${change})`;
  const isNamed = row.family === 'metrics' || row.family === 'load';
  return isNamed ? movement : `${metricLabel(row.metric)} ${movement}`;
}

/** What "at stop" means, said once beside the figures. */
export const stopHelp =
  'At stop: measuring ended as soon as the answer was known, which flatters large changes; the interval allows for that.';
