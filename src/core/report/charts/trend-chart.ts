import { levelChange } from '../../baseline/select-window.ts';
import { changePoints } from '../../stats/change-point.ts';
import { mean, median } from '../../stats/sample-moments.ts';
import { nameInSentence } from '../escape.ts';
import { formatChange, formatCount, formatDay, formatMs } from '../format-quantity.ts';

/** When did it begin? One quantile of an endpoint over the stored runs, and the run that is judged. */
export interface TrendChart {
  /** Oldest first; the judged run is last. */
  readonly points: readonly TrendChartPoint[];
  /** Stretches between changes of level; one where nothing changed. */
  readonly levels: readonly TrendChartLevel[];
  /** Where the series began: what creeps by little at a time shows against it. */
  readonly anchor?: { readonly ms: number; readonly text: string };
  /** What is to be seen, in one sentence. */
  readonly summary: string;
}

export interface TrendChartPoint {
  readonly ms: number;
  /** `window`: compared with; `earlier`: older or before a change of level; `quarantined`: was red. */
  readonly kind: 'earlier' | 'window' | 'quarantined' | 'candidate';
  /** `25 Nov 2026, 5f8e7d6: 118 ms`. */
  readonly text: string;
  /** `25 Nov 2026`. */
  readonly day: string;
}

export interface TrendChartLevel {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
  /** Against the level before: `+12 %`; empty for the first. */
  readonly change: string;
}

/** One run of the series, as `trendChart` takes it. */
export interface TrendRun {
  readonly ms: number;
  readonly kind: TrendChartPoint['kind'];
  readonly startedAt: string;
  readonly commit?: string;
}

/** The first runs of the series are its anchor. */
const anchorRuns = 3;

/** Undefined with fewer than three stored runs. `runs` are oldest first. */
export function trendChart(runs: readonly TrendRun[]): TrendChart | undefined {
  const stored = runs.filter((run) => run.kind !== 'candidate');
  if (stored.length < anchorRuns || stored.length === runs.length) return undefined;
  const levels = greenLevels(runs);
  const first = runs.filter((run) => run.kind !== 'quarantined').slice(0, anchorRuns);
  const anchorMs = median(first.map((run) => run.ms));
  return {
    points: runs.map(toPoint),
    levels,
    ...(stored.length > anchorRuns && {
      anchor: { ms: anchorMs, text: `first ${anchorRuns} runs: ${formatMs(anchorMs)}` },
    }),
    summary: summaryOf(runs, levels, stored.length > anchorRuns ? anchorMs : undefined),
  };
}

/** Levels of the green stored runs; red ones and the judged run have no say in them. */
function greenLevels(runs: readonly TrendRun[]): TrendChartLevel[] {
  const green = runs.flatMap((run, index) =>
    run.kind === 'candidate' || run.kind === 'quarantined' ? [] : [{ index, ms: run.ms }],
  );
  const series = green.map(({ ms }) => ms);
  const starts = [0, ...(series.length >= 2 * levelChange.minSegment ? changePoints(series, levelChange) : [])];
  const ms = starts.map((start, i) => mean(series.slice(start, starts[i + 1])));
  return starts.map((start, i) => ({
    from: green[start]?.index ?? 0,
    to: green[(starts[i + 1] ?? green.length) - 1]?.index ?? 0,
    ms: ms[i] as number,
    change: i === 0 ? '' : formatChange((ms[i] as number) / (ms[i - 1] as number) - 1),
  }));
}

function toPoint({ ms, kind, startedAt, commit }: TrendRun): TrendChartPoint {
  const day = formatDay(startedAt);
  const what = [day, commit === undefined ? '' : nameInSentence(commit.slice(0, 7))].filter((text) => text !== '');
  const note = kind === 'quarantined' ? ' (was red)' : kind === 'candidate' ? ' (this run)' : '';
  return { ms, kind, day, text: `${what.join(', ') || 'run'}: ${formatMs(ms)}${note}` };
}

function summaryOf(
  runs: readonly TrendRun[],
  levels: readonly TrendChartLevel[],
  anchorMs: number | undefined,
): string {
  const candidate = runs.at(-1) as TrendRun;
  const last = levels.at(-1) as TrendChartLevel;
  const moved = levels.slice(1).map((level) => {
    const run = runs[level.from] as TrendRun;
    const day = formatDay(run.startedAt);
    return `${level.change} from ${run.commit?.slice(0, 7) ?? (day || `run ${level.from + 1}`)} on`;
  });
  return [
    `${formatCount(runs.length - 1, 'stored run')}: ${moved.length === 0 ? 'no change of level' : moved.join(', ')}`,
    `this run ${formatChange(candidate.ms / last.ms - 1)} against the latest level`,
    ...(anchorMs === undefined ? [] : [`${formatChange(candidate.ms / anchorMs - 1)} against the first runs`]),
  ].join('; ');
}
