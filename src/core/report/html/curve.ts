import { area, curveMonotoneX, line } from 'd3-shape';
import { type Child, el } from './element.ts';

/** A point of a curve, in shares of the plot. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

export interface BandPoint {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

/** Units across the plot; enough for a wide screen, and short to write. */
const width = 1000;
const height = 400;

const toLine = line<CurvePoint>()
  .x(({ x }) => x * width)
  .y(({ y }) => y * height)
  .curve(curveMonotoneX)
  .digits(0);

const toBand = area<BandPoint>()
  .x(({ x }) => x * width)
  .y0(({ bottom }) => bottom * height)
  .y1(({ top }) => top * height)
  .curve(curveMonotoneX)
  .digits(0);

export function curve(points: readonly CurvePoint[], className: string): Child {
  return stretched(el('path', { class: className, d: toLine([...points]) ?? '' }));
}

export function band(points: readonly BandPoint[], className: string): Child {
  return stretched(el('path', { class: className, d: toBand([...points]) ?? '' }));
}

/** Paths know no percentages, so they are stretched to the plot; strokes keep their width by the stylesheet. */
function stretched(path: Child): Child {
  return el(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', width: '100%', height: '100%' },
    path,
  );
}
