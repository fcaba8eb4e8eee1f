import { type PairedFigure, pairedMedian } from './live-statistics.ts';
import type { Arm, OverheadRow } from './overhead-row.ts';

const head = ['compared', 'pairs', 'p50', 'p95', 'p99', "k6's CPU", 'wall, s'];

const titles: Readonly<Record<OverheadRow['comparison'], string>> = {
  reading: 'Tailgate reading / k6 writing to nowhere',
  sides: 'both sides at once / one side alone',
};

/** Changes from the one way of running to the other, paired: median with its 95 % interval by the sign test. */
export function renderOverhead(rows: readonly OverheadRow[]): string {
  const lines = (['reading', 'sides'] as const).flatMap((comparison) => {
    const own = rows.filter((row) => row.comparison === comparison);
    if (own.length === 0) return [];
    const change = (of: (arm: Arm) => number) =>
      changeText(pairedMedian(own.map(({ reference, measured }) => Math.log(of(measured) / of(reference)))));
    const cells = [
      titles[comparison],
      String(own.length),
      change(({ p50Ms }) => p50Ms),
      change(({ p95Ms }) => p95Ms),
      change(({ p99Ms }) => p99Ms),
      change(({ k6CpuS }) => k6CpuS),
      secondsText(pairedMedian(own.map(({ reference, measured }) => measured.wallS - reference.wallS))),
    ];
    return [`| ${cells.join(' | ')} |`];
  });
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines].join('\n');
}

function changeText({ median, interval: [low, high] }: PairedFigure): string {
  const text = (log: number) => (Number.isFinite(log) ? percent(Math.expm1(log)) : '?');
  return `${text(median)} (${text(low)} to ${text(high)})`;
}

function secondsText({ median, interval }: PairedFigure): string {
  const text = (value: number) => (Number.isFinite(value) ? `${value < 0 ? '' : '+'}${value.toFixed(2)}` : '?');
  return `${text(median)} (${text(interval[0])} to ${text(interval[1])})`;
}

function percent(change: number): string {
  return `${change < 0 ? '' : '+'}${(100 * change).toFixed(1)} %`;
}
