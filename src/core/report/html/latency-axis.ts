import { scaleLinear, scaleLog } from 'd3-scale';
import { formatMs } from '../format-quantity.ts';
import type { Tick } from './figure-frame.ts';

/** A logarithmic axis of latencies, from the top of the plot downwards. */
export interface LatencyAxis {
  /** Share of the height at which a latency stands. */
  readonly position: (ms: number) => number;
  readonly ticks: readonly Tick[];
}

/** An axis around all of `values` (ms, above zero), with some air, and with at most `mostTicks` labels. */
export function latencyAxis(values: readonly number[], mostTicks: number): LatencyAxis {
  const [low, high] = widened(Math.min(...values), Math.max(...values));
  const scale = scaleLog().domain([low, high]).range([1, 0]);
  const ticks = tickValues(low, high, mostTicks).map((ms) => ({ at: scale(ms), label: formatMs(ms) }));
  return { position: (ms) => scale(ms), ticks };
}

/** A calm endpoint must look calm: the axis spans at least a factor of 1.5. */
function widened(low: number, high: number): [number, number] {
  const air = Math.max(Math.log(high / low) * 0.08, (Math.log(1.5) - Math.log(high / low)) / 2);
  return [low * Math.exp(-air), high * Math.exp(air)];
}

function tickValues(low: number, high: number, most: number): number[] {
  if (high / low < 5)
    return scaleLinear()
      .domain([low, high])
      .ticks(most - 1);
  const decades = Array.from({ length: 12 }, (_, i) => 10 ** (i - 4));
  const choices = [[1, 2, 3, 5], [1, 2, 5], [1, 3], [1]].map((steps) =>
    decades.flatMap((decade) => steps.map((step) => decade * step)).filter((ms) => ms >= low && ms <= high),
  );
  return choices.find((values) => values.length <= most) ?? (choices.at(-1) as number[]);
}
