import { acceptedWhere } from '../../baseline/accepted-where.ts';
import type { RunRecord } from '../../run-record/run-record.ts';
import { leadQuantile } from '../../thresholds/quantiles.ts';
import { nameInSentence, toPlainText } from '../escape.ts';
import { formatChange, formatDay, formatMs, formatShare, formatSpan } from '../format-quantity.ts';
import { type EndpointTrend, hasMoreErrors, usualMargin } from './endpoint-trend.ts';
import type { QuantileTrend, TrendAnchor, TrendLevel, TrendPoint } from './quantile-trend.ts';

/** What is to be said of an endpoint's trend, each in one sentence with its numbers, the most important first. */
export function endpointStory(trend: EndpointTrend): string[] {
  return [...risesOf(trend), ...errorsOf(trend), ...stepsOf(trend), ...trend.accepted.flatMap(acceptance)];
}

/** The endpoint in one line: `p95 118 → 142 ms (+20 %)` from its anchor to now. */
export function endpointLead({ quantiles, risen, errorSteps }: EndpointTrend): string {
  const shown = quantiles.find(
    ({ quantile }) => quantile === (risen.includes(leadQuantile) ? leadQuantile : (risen[0] ?? leadQuantile)),
  );
  const anchor = shown?.anchors.at(-1);
  const latency =
    shown === undefined || anchor === undefined
      ? 'too few requests or runs for a trend'
      : `${shown.quantile} ${formatSpan(anchor.ms, shown.nowMs)} (${formatChange(shown.relativeChange)})${shown.anchors.length > 1 ? ' since the accepted slowdown' : ''}`;
  const last = errorSteps.at(-1);
  const errors = last !== undefined && hasMoreErrors({ errorSteps }) ? `errors now ${formatShare(last.after)}, ` : '';
  return `${errors}${latency}`;
}

/** Of several quantiles that rose, the leading one is told with its numbers and the others by theirs. */
function risesOf({ quantiles, risen, crept }: EndpointTrend): string[] {
  const trends = quantiles.filter(({ quantile }) => risen.includes(quantile));
  const told = trends.find(({ quantile }) => quantile === leadQuantile) ?? trends[0];
  if (told === undefined) return [];
  const others = trends.filter((trend) => trend !== told);
  const beside = others.map(({ quantile, relativeChange }) => `${quantile} ${formatChange(relativeChange)}`).join(', ');
  return [`${rise(told, crept.includes(told.quantile))}${beside === '' ? '' : ` Likewise ${beside}.`}`];
}

function rise(trend: QuantileTrend, hasCrept: boolean): string {
  const { quantile, anchors, points, nowMs, relativeChange, largestStep } = trend;
  const anchor = anchors.at(-1) as TrendAnchor;
  const start = dayOf((points[anchor.from] as TrendPoint).run);
  const margin = formatChange(usualMargin[quantile]).slice(1);
  const since = anchors.length > 1 ? `${start}, when a slowdown was accepted` : start;
  const numbers = `from ${formatMs(anchor.ms)} (${firstRuns(anchor.runs)} from ${since}) to ${formatMs(nowMs)} (the newest ${anchor.runs}), ${formatChange(relativeChange)}`;
  const how =
    largestStep < usualMargin[quantile]
      ? `no single step was beyond ${margin}, the usual margin of one change`
      : `a step of more than ${margin} was among it`;
  return `${quantile} ${hasCrept ? 'crept' : 'rose'} ${numbers}: ${how}.`;
}

function firstRuns(count: number): string {
  return count === 1 ? 'the run' : `the first ${count} runs`;
}

function errorsOf({ errorSteps }: EndpointTrend): string[] {
  return errorSteps.map(
    ({ run, before, after }) =>
      `From ${whenOf(run)} on ${after > before ? 'more' : 'fewer'} requests failed: ${formatShare(before)} before, ${formatShare(after)} since.`,
  );
}

/** Changes of level by the run they began with; a series that crept has levels of no meaning. */
function stepsOf({ quantiles, crept }: EndpointTrend): string[] {
  const steps = quantiles
    .filter(({ quantile }) => !crept.includes(quantile))
    .flatMap(({ quantile, levels, points }) =>
      levels.slice(1).map(({ from, ms, relativeChange }, i) => {
        const span = formatSpan((levels[i] as TrendLevel).ms, ms);
        return {
          run: (points[from] as TrendPoint).run,
          text: `${quantile} ${span} (${formatChange(relativeChange)})`,
        };
      }),
    );
  const byRun = [...Map.groupBy(steps, ({ run }) => run)].sort(([a], [b]) => (a.startedAt < b.startedAt ? -1 : 1));
  return byRun.map(([run, ofRun]) => `From ${whenOf(run)} on: ${ofRun.map(({ text }) => text).join(', ')}.`);
}

function acceptance(run: RunRecord): string[] {
  const { accepted } = run;
  if (accepted === undefined) return [];
  const { by, until, reason } = accepted;
  return [
    `With ${whenOf(run)} came a slowdown that ${nameInSentence(by)} had accepted ${acceptedWhere(accepted)} until ${formatDay(until)}: ${toPlainText(reason, 200)}`,
  ];
}

/** `12 Aug 2026 (5f8e7d6)`. */
export function whenOf(run: RunRecord): string {
  const { commit } = run.provenance;
  return commit === undefined ? dayOf(run) : `${dayOf(run)} (${nameInSentence(commit.slice(0, 7))})`;
}

function dayOf({ startedAt }: RunRecord): string {
  return formatDay(startedAt) || 'an unknown day';
}
