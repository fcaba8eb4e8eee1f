import type { RunRecord } from '../../run-record/run-record.ts';
import { nameInSentence, toPlainText } from '../escape.ts';
import { formatCount, formatDay } from '../format-quantity.ts';
import type { Table } from '../model/table.ts';
import { endpointLead, endpointStory, whenOf } from './endpoint-story.ts';
import { type EndpointTrend, endpointTrends, hasMoreErrors } from './endpoint-trend.ts';
import { type HistoryChart, historyChart, timeOf } from './history-chart.ts';
import { monthTable } from './month-table.ts';
import { type RunHistory, runHistories } from './run-history.ts';

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
  readonly endpoints: readonly TrendEndpoint[];
}

export interface TrendEndpoint {
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
    headline: headlineOf(worse.length, all.length),
    isWorse: worse.length > 0,
    provenance: [
      `${formatCount(runs, 'stored run')} of ${toPlainText(storeLabel)}${periodOf(histories.flatMap(({ history }) => history.runs))}`,
    ],
    warnings: warnings.map((warning) => toPlainText(warning)),
    sections: histories.map(({ history, trends }) => toSection(history, trends)),
  };
}

function headlineOf(worse: number, endpoints: number): string {
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
    notes: notesOf(history, trends),
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
const fewestTogether = 4;

function notesOf({ runs, leftOut }: RunHistory, trends: readonly EndpointTrend[]): string[] {
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
    ...(risen >= fewestTogether && risen * 2 >= trends.length
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
const mostListed = 5;

function redRuns(runs: readonly RunRecord[]): string[] {
  const red = runs.filter(({ quarantined }) => quarantined !== undefined).map(whenOf);
  if (red.length === 0) return [];
  const newest = red.slice(-mostListed).join(', ');
  const rest = red.length > mostListed ? `, and ${red.length - mostListed} before` : '';
  return [
    `${formatCount(red.length, 'run')} ${red.length === 1 ? 'was' : 'were'} red and counted for nothing here: ${newest}${rest}.`,
  ];
}

function periodOf(runs: readonly RunRecord[]): string {
  const days = runs.map(({ startedAt }) => startedAt).sort();
  const [from, to] = [formatDay(days[0] ?? ''), formatDay(days.at(-1) ?? '')];
  return from === '' || to === '' ? '' : `, ${from} to ${to}`;
}
