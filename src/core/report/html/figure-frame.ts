import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import { formatMs } from '../format-quantity.ts';
import { type Child, el } from './element.ts';

/**
 * The frame that every figure stands in: labels on two axes, gridlines, and a plot in between that takes whatever width
 * there is while texts keep their size. Positions are shares of the plot, from its left and from its top.
 */
export interface FigureFrame {
  readonly heightPx: number;
  /** What is to be seen, for those who can't see it. */
  readonly description: string;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  /** Shown beneath the pointer or the arrow keys, where scripts run. */
  readonly readings?: readonly Tick[];
}

export interface Tick {
  /** Share of the plot's width or height, 0..1. */
  readonly at: number;
  readonly label: string;
}

/** `shapes` are stretched to the plot's width, `marks` are not. */
export function figureFrame(frame: FigureFrame, shapes: readonly Child[], marks: readonly Child[] = []): Child {
  const { heightPx, yTicks, xTicks, readings = [] } = frame;
  const grid = yTicks.map(({ at }) => `M0 ${Math.round(at * height)}H${width}`).join('');
  const lines = el('path', { class: 'grid', d: grid });
  const plot =
    marks.length === 0
      ? el('svg', { class: 'plot', ...stretchedBox, height: heightPx }, lines, ...shapes)
      : el('svg', { class: 'plot', height: heightPx }, stretched(lines, ...shapes), ...marks);
  return el(
    'div',
    {
      class: 'frame',
      role: 'img',
      'aria-label': frame.description,
      ...(readings.length > 0 && {
        'data-x': readings.map(({ at }) => Math.round(at * 1000)).join(' '),
        'data-t': readings.map(({ label }) => label.replaceAll('|', '/')).join('|'),
      }),
    },
    el(
      'svg',
      { class: 'y', height: heightPx },
      ...yTicks.map(({ at, label }) => el('text', { y: cssPercent(at) }, label)),
    ),
    plot,
    el('svg', { class: 'x', height: 18 }, ...xTicks.map(xLabel)),
  );
}

/** Labels at the ends stay inside. */
function xLabel({ at, label }: Tick): Child {
  const side = at < 0.06 ? 'start' : at > 0.94 ? 'end' : undefined;
  return el('text', { x: cssPercent(at), class: side }, label);
}

/** A share as an SVG length. */
export function cssPercent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

/** A logarithmic axis of latencies, from the top of the plot downwards. */
export interface LatencyAxis {
  /** Share of the height at which a latency stands. */
  readonly position: (ms: number) => number;
  readonly ticks: readonly Tick[];
}

/** An axis around all of `values` (ms, above zero), with some air, and with at most `maxTicks` labels. */
export function latencyAxis(values: readonly number[], maxTicks: number): LatencyAxis {
  const [low, high] = widened(Math.min(...values), Math.max(...values));
  const scale = scaleLog().domain([low, high]).range([1, 0]);
  const ticks = tickValues(low, high, maxTicks).map((ms) => ({ at: scale(ms), label: formatMs(ms) }));
  return { position: (ms) => scale(ms), ticks };
}

/** A steady endpoint must look steady: the axis spans at least a factor of 1.5. */
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

/** A point in shares of the plot, from its left and from its top. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

export interface BandPoint {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

/** Units across the plot; enough for a wide screen, and short to write. */
export const width = 1000;
const height = 400;

const toLine = line<PlotPoint>()
  .x(({ x }) => x * width)
  .y(({ y }) => y * height)
  .digits(0);

const toBand = area<BandPoint>()
  .x(({ x }) => x * width)
  .y0(({ bottom }) => bottom * height)
  .y1(({ top }) => top * height)
  .digits(0);

/** Paths know no percentages, so they are stretched to the plot; strokes keep their width by the stylesheet. */
const stretchedBox = { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none' } as const;

function stretched(...shapes: readonly Child[]): Child {
  return el('svg', { ...stretchedBox, width: '100%', height: '100%' }, ...shapes);
}

/** A line through points whose coordinates are shares of the plot, 0..1; nothing for fewer than two. */
export function curve(points: readonly PlotPoint[], className: string): Child {
  return points.length < 2 ? null : el('path', { class: className, d: toLine([...points]) ?? '' });
}

/** The area between two lines, in shares of the plot; nothing for fewer than two points. */
export function band(points: readonly BandPoint[], className: string): Child {
  return points.length < 2 ? null : el('path', { class: className, d: toBand([...points]) ?? '' });
}

/** A straight line from one point to another. */
export function straight(from: PlotPoint, to: PlotPoint, className: string): Child {
  return el('path', { class: className, d: `M${place(from)}L${place(to)}` });
}

/** A whole box; `x` and `y` are its upper left corner. */
export function box(
  at: PlotPoint,
  size: { readonly width: number; readonly height: number },
  className: string,
): Child {
  const [right, down] = [Math.round(size.width * width), Math.round(size.height * height)];
  return el('path', { class: className, d: `M${place(at)}h${right}v${down}h${-right}z` });
}

/** Round dots as strokes without length: those aren't stretched. Hollow ones are drawn twice. */
export function dots(points: readonly PlotPoint[], className: string, isHollow = false): Child[] {
  if (points.length === 0) return [];
  const d = points.map((point) => `M${place(point)}h0`).join('');
  return [el('path', { class: `dots ${className}`, d }), ...(isHollow ? [el('path', { class: 'dots hole', d })] : [])];
}

function place({ x, y }: PlotPoint): string {
  return `${Math.round(x * width)} ${Math.round(y * height)}`;
}
