import type { EndpointCharts } from '../charts/report-charts.ts';
import { type Child, el } from './element.ts';

/** What the lines and marks of all endpoint figures mean, said once. */
export function endpointLegend(endpoints: readonly EndpointCharts[], candidate: string): Child {
  const has = (test: (charts: EndpointCharts) => boolean | undefined) => endpoints.some(test);
  const hasBaseline = has(({ distribution }) => distribution?.points.some((point) => point.baselineMs !== undefined));
  const trendHas = (kind: string) => has(({ trend }) => trend?.points.some((point) => point.kind === kind));
  return keys([
    ['candidate', candidate, true],
    ['baseline', 'baseline', hasBaseline],
    ['range', 'where the baseline runs lay', has(({ distribution }) => distribution?.hasRange)],
    ['dot full', 'run compared with', trendHas('window')],
    ['dot', 'earlier run', trendHas('earlier')],
    ['cross', 'run that was red', trendHas('quarantined')],
    ['level', 'level of the runs', has(({ trend }) => trend !== undefined)],
    ['anchor', 'first three runs', has(({ trend }) => trend?.anchor !== undefined)],
  ]);
}

/** Class of the sample, text, whether it occurs. */
type Key = readonly [className: string, text: string, occurs: boolean];

export function keys(all: readonly Key[]): Child {
  return el(
    'p',
    { class: 'legend' },
    ...all.filter(([, , occurs]) => occurs).map(([className, text]) => el('span', { class: `key ${className}` }, text)),
  );
}
