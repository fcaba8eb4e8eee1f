import type { MetricSeries, RunRecord } from '../run-record/run-record.ts';
import type { Thresholds } from './thresholds.ts';

/** More series than this are counted: whoever wants to judge one knows its name. */
const maxNames = 5;

/** Whether k6 writes the series in every run, whatever the script does. */
function isOfEveryRun({ metric }: MetricSeries): boolean {
  return /^iteration_duration(?:\{|$)/.test(metric);
}

/**
 * Series of the run that the configuration doesn't list: custom metrics, WebSocket timings, web vitals. They are recorded
 * and not judged. The duration of iterations counts only where there is nothing else.
 */
export function unjudgedSeries({ metrics }: RunRecord, thresholds: Thresholds): readonly MetricSeries[] {
  const unlisted = metrics.filter((series) => !thresholds.metrics.some(({ metric }) => metric === series.metric));
  const own = unlisted.filter((series) => !isOfEveryRun(series));
  return own.length > 0 ? own : unlisted;
}

/** Whether there is more in the run than k6 records by itself. */
export function hasSeriesOfItsOwn(series: readonly MetricSeries[]): boolean {
  return series.some((one) => !isOfEveryRun(one));
}

/** `a, b and 3 more`. */
export function namesOf(series: readonly MetricSeries[]): string {
  const further = series.length - maxNames;
  const names = series.slice(0, maxNames).map(({ metric }) => metric);
  return further > 0 ? `${names.join(', ')} and ${further} more` : names.join(', ');
}

/**
 * What judges `series` when it is put into `.tailgate.yml`, on one line. Where the configuration lists metrics already, a
 * second `metrics` would be an error: then only what belongs below it.
 */
export function linesToJudge(series: readonly MetricSeries[], thresholds: Thresholds): string {
  const entries = series.slice(0, maxNames).map((one) => `${keyOf(one)}: ${ruleOf(one)}`);
  if (thresholds.metrics.length === 0) return `put \`metrics: { ${entries.join(', ')} }\` into .tailgate.yml`;
  const each = entries.map((entry) => `\`${entry}\``);
  return `put ${each.join(' and ')} below \`metrics\` in .tailgate.yml, each on a line of its own`;
}

/** A name that YAML would read otherwise is quoted. */
function keyOf({ metric }: MetricSeries): string {
  return /^[A-Za-z_]\w*$/.test(metric) && !/^(?:true|false|null|yes|no|on|off)$/i.test(metric)
    ? metric
    : JSON.stringify(metric);
}

function ruleOf(series: MetricSeries): string {
  const unit = series.kind === 'rate' ? 'fraction' : series.unit;
  return `{ ${unit === '' ? '' : `unit: ${unit}, `}direction: up, margin: 10% }`;
}
