import { area, line } from 'd3-shape';
import { type Child, el } from './element.ts';

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
export const height = 400;

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
export const stretchedBox = { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none' } as const;

export function stretched(...shapes: readonly Child[]): Child {
  return el('svg', { ...stretchedBox, width: '100%', height: '100%' }, ...shapes);
}

export function curve(points: readonly PlotPoint[], className: string): Child {
  return points.length < 2 ? null : el('path', { class: className, d: toLine([...points]) ?? '' });
}

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
