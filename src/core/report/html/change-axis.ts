import { scaleLinear } from 'd3-scale';
import type { ChangeChart, ChangePlot } from '../charts/change-chart.ts';
import { formatChange, formatPoints } from '../format-quantity.ts';
import type { Tick } from './figure-frame.ts';

/** The axis that the rows of a change chart share. */
export interface ChangeAxis {
  /** Share of the width at which a change stands; outside 0..1 beyond the ends. */
  readonly position: (change: number) => number;
  readonly ticks: readonly Tick[];
}

/** Changes by factors on a logarithmic axis: twice as slow is as far from nothing as twice as fast. */
export function changeAxis({ scale, rows }: ChangeChart): ChangeAxis {
  const plots = rows.flatMap(({ plot }) => plot ?? []);
  return scale === 'ratio' ? ratioAxis(plots) : pointsAxis(plots);
}

const ratioTicks = [-0.75, -0.5, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.5, 1, 2, 4, 9, 19, 49];

/** An interval wider than this says only that it is wide, and may go on beyond the axis. */
const widestSure = Math.log(4);

function ratioAxis(plots: readonly ChangePlot[]): ChangeAxis {
  const log = (change: number) => Math.log(Math.max(1 + change, 1e-3));
  const points = plots.map(({ point }) => log(point));
  const sure = plots.filter(({ low, high }) => log(high) - log(low) < widestSure);
  const ends = sure.flatMap(({ low, high }) => [log(low), log(high)]);
  const low = Math.min(Math.log(0.8), ...points, ...ends) - 0.05;
  const high = Math.max(Math.log(1.4), ...points, ...ends) + 0.05;
  const toShare = scaleLinear().domain([low, high]).range([0, 1]);
  const position = (change: number) => toShare(log(change));
  return { position, ticks: spaced(ratioTicks, position).map((at) => ({ at: position(at), label: formatChange(at) })) };
}

function pointsAxis(plots: readonly ChangePlot[]): ChangeAxis {
  const ends = plots.flatMap(({ low, high, margin }) => [low, high, margin * 1.5].filter(Number.isFinite));
  const [low, high] = [Math.min(-0.005, ...ends), Math.max(0.01, ...ends)];
  const toShare = scaleLinear().domain([low, high]).range([0.02, 0.98]);
  const values = toShare.ticks(5);
  return { position: toShare, ticks: values.map((value) => ({ at: toShare(value), label: formatPoints(value) })) };
}

/** Fewer ticks where they would touch; nothing is always one of them. */
function spaced(values: readonly number[], position: (value: number) => number): number[] {
  const kept = [0];
  for (const value of values) {
    const at = position(value);
    if (at < 0.02 || at > 0.98) continue;
    if (kept.every((other) => Math.abs(position(other) - at) > 0.16)) kept.push(value);
  }
  return kept.sort((a, b) => a - b);
}
