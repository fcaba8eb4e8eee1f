import { acceptedWhere, type RunRecord } from '../../run-record/run-record.ts';
import { median } from '../../stats/sample-moments.ts';
import { leadQuantile, type Quantile, quantileNames } from '../../thresholds/quantiles.ts';
import { nameInSentence, toPlainText } from '../escape.ts';
import { formatChange, formatCount, formatDay, formatMs, formatShare, formatSpan } from '../format-quantity.ts';
import { type Cell, columns, countCell, emptyCell, msCell, nameCell, shareCell, type Table } from '../model/table.ts';
import {
  type EndpointTrend,
  endpointTrends,
  errorRateOf,
  hasMoreErrors,
  type QuantileTrend,
  type TrendAnchor,
  type TrendLevel,
  type TrendPoint,
  usualMargin,
} from './endpoint-trend.ts';
import { type HistoryChart, historyChart, timeOf } from './history-chart.ts';
import { type HistoryPoint, type RunHistory, runHistories } from './run-history.ts';

/** Everything that the trend page says, every number rounded once. */
export interface TrendPage {
  readonly headline: string;
  readonly isWorse: boolean;
  readonly provenance: readonly string[];
  readonly warnings: readonly string[];
  readonly sections: readonly TrendSection[];
}

/** One configuration: a name and an environment. */
export interface TrendSection {
  readonly heading: string;
  readonly notes: readonly string[];
  /** Time of the first and the last run, Unix milliseconds. */
  readonly period: readonly [fromMs: number, toMs: number];
  /** Worst first. */
  readonly endpoints: readonly TrendPageEndpoint[];
}

export interface TrendPageEndpoint {
  readonly endpoint: string;
  readonly isWorse: boolean;
  readonly lead: string;
  readonly story: readonly string[];
  readonly chart: HistoryChart;
  readonly months: Table;
}

/** The page about `records`, which come from `storeLabel`; `warnings` are those of reading it. */
export function buildTrendPage(
  records: readonly RunRecord[],
  storeLabel: string,
  warnings: readonly string[],
): TrendPage {
  const histories = runHistories(records).map((history) => ({ history, trends: endpointTrends(history) }));
  const all = histories.flatMap(({ trends }) => trends);
  const worse = all.filter(isWorse);
  const runs = histories.reduce((sum, { history }) => sum + history.runs.length, 0);
  return {
    headline: trendHeadline(worse.length, all.length),
    isWorse: worse.length > 0,
    provenance: [
      `${formatCount(runs, 'stored run')} of ${toPlainText(storeLabel)}${periodOf(histories.flatMap(({ history }) => history.runs))}`,
    ],
    warnings: warnings.map((warning) => toPlainText(warning)),
    sections: histories.map(({ history, trends }) => toSection(history, trends)),
  };
}

function trendHeadline(worse: number, endpoints: number): string {
  if (endpoints === 0) return 'No stored run has a request yet';
  if (worse === 0) return 'No endpoint is known to be worse than where it began';
  return `${worse} of ${formatCount(endpoints, 'endpoint')} ${worse === 1 ? 'is' : 'are'} worse than where ${worse === 1 ? 'it' : 'they'} began`;
}

function isWorse(trend: EndpointTrend): boolean {
  return trend.risen.length > 0 || hasMoreErrors(trend);
}

function toSection(history: RunHistory, trends: readonly EndpointTrend[]): TrendSection {
  const { name, environment, runs } = history;
  const [first, last] = [runs[0], runs.at(-1)] as [RunRecord, RunRecord];
  const label = [name ?? 'runs without a name', environment ?? ''].filter(Boolean).map(nameInSentence).join(', ');
  return {
    heading: label,
    notes: historyNotes(history, trends),
    period: [timeOf(first), timeOf(last)],
    endpoints: trends.map((trend) => ({
      endpoint: trend.endpoint,
      isWorse: isWorse(trend),
      lead: endpointLead(trend),
      story: endpointStory(trend),
      chart: historyChart(trend),
      months: monthTable(trend.endpoint, trend.points),
    })),
  };
}

/** So many that rose together have something in common. */
const minTogether = 4;

function historyNotes({ runs, leftOut }: RunHistory, trends: readonly EndpointTrend[]): string[] {
  const risen = trends.filter((trend) => trend.risen.length > 0).length;
  const long = trends.filter(({ quantiles }) => quantiles.some(({ creep }) => creep !== undefined)).length;
  return [
    `${formatCount(runs.length, 'run')}${periodOf(runs)}.`,
    ...(leftOut === undefined
      ? []
      : [
          `${formatCount(leftOut.count, 'run')} can't be set beside the newest one: ${toPlainText(leftOut.reason, 200)}.`,
        ]),
    ...redRuns(runs),
    ...(risen >= minTogether && risen * 2 >= trends.length
      ? [
          'At least half of the endpoints rose together: look first at what they share, such as machine, data or a new k6.',
        ]
      : []),
    ...(long < trends.length
      ? [
          `Creep is looked for from 30 green runs since the anchor on; ${long} of ${formatCount(trends.length, 'endpoint')} ${long === 1 ? 'has' : 'have'} as many.`,
        ]
      : []),
  ];
}

/** More are not listed one by one. */
const maxListed = 5;

function redRuns(runs: readonly RunRecord[]): string[] {
  const red = runs.filter(({ quarantined }) => quarantined !== undefined).map(whenOf);
  if (red.length === 0) return [];
  const newest = red.slice(-maxListed).join(', ');
  const rest = red.length > maxListed ? `, and ${red.length - maxListed} before` : '';
  return [
    `${formatCount(red.length, 'run')} ${red.length === 1 ? 'was' : 'were'} red and counted for nothing here: ${newest}${rest}.`,
  ];
}

function periodOf(runs: readonly RunRecord[]): string {
  const days = runs.map(({ startedAt }) => startedAt).sort();
  const [from, to] = [formatDay(days[0] ?? ''), formatDay(days.at(-1) ?? '')];
  return from === '' || to === '' ? '' : `, ${from} to ${to}`;
}

/** What is to be said of an endpoint's trend, each in one sentence with its numbers, the most important first. */
function endpointStory(trend: EndpointTrend): string[] {
  return [...risesOf(trend), ...errorsOf(trend), ...stepsOf(trend), ...trend.accepted.flatMap(acceptance)];
}

/** The endpoint in one line: `p95 118 → 142 ms (+20 %)` from its anchor to now. */
function endpointLead({ quantiles, risen, errorSteps }: EndpointTrend): string {
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
function whenOf(run: RunRecord): string {
  const { commit } = run.provenance;
  return commit === undefined ? dayOf(run) : `${dayOf(run)} (${nameInSentence(commit.slice(0, 7))})`;
}

function dayOf({ startedAt }: RunRecord): string {
  return formatDay(startedAt) || 'an unknown day';
}

/** An endpoint month by month: the middle of its green runs, and the share of their requests that failed. */
function monthTable(endpoint: string, points: readonly HistoryPoint[]): Table {
  const green = points.filter(({ run }) => run.quarantined === undefined);
  const months = Map.groupBy(green, ({ run }) => formatDay(run.startedAt).replace(/^\d+ /, ''));
  return {
    id: 'months',
    title: `Months of ${endpoint}`,
    columns: columns('month', 'runs', ...quantileNames, 'errors'),
    rows: Array.from(months, ([month, ofMonth]) => [
      nameCell(month || 'unknown'),
      countCell(ofMonth.length),
      ...quantileNames.map((quantile) => middle(ofMonth, quantile)),
      shareCell(errorRateOf(ofMonth)),
    ]),
  };
}

function middle(points: readonly HistoryPoint[], quantile: Quantile): Cell {
  const values = points.flatMap(({ latencyMs }) => latencyMs[quantile] ?? []);
  return values.length === 0 ? emptyCell : msCell(median(values));
}
