import { type Child, el } from './element.ts';
import { height, stretched, stretchedBox, width } from './plot-shapes.ts';

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
      ...yTicks.map(({ at, label }) => el('text', { y: percent(at) }, label)),
    ),
    plot,
    el('svg', { class: 'x', height: 18 }, ...xTicks.map(xLabel)),
  );
}

/** Labels at the ends stay inside. */
function xLabel({ at, label }: Tick): Child {
  const side = at < 0.06 ? 'start' : at > 0.94 ? 'end' : undefined;
  return el('text', { x: percent(at), class: side }, label);
}

/** A share as an SVG length. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}
