import type { RowVerdict } from '../../comparison/row.ts';
import { type Child, el } from './element.ts';

/** Each verdict has a shape as well as a colour, so that nobody depends on the colour. */
const shapes: Readonly<Record<RowVerdict, Child>> = {
  regressed: el('path', { d: 'M0-7 7 0 0 7-7 0z', class: 'full' }),
  'slower-within-margin': el('path', { d: 'M0-6 6 0 0 6-6 0z', class: 'open' }),
  inconclusive: el('circle', { r: 4.5, class: 'open' }),
  improved: el('path', { d: 'M-6-4H6L0 6z', class: 'full' }),
  'not-regressed': el('circle', { r: 5, class: 'full' }),
  'not-compared': el('path', { d: 'M-5 0H5', class: 'open' }),
};

/** Where an interval ends, where it goes on beyond the axis, and what is out of order. */
const strokes = {
  cap: 'M0-4V4',
  'beyond-left': 'M5-4 0 0 5 4',
  'beyond-right': 'M-5-4 0 0-5 4',
  cross: 'M-4-4 4 4M-4 4 4-4',
};

/** The shapes, once per page; everything else refers to them. */
export function markerDefinitions(): Child {
  return el(
    'svg',
    { class: 'definitions', width: 0, height: 0, 'aria-hidden': 'true' },
    ...Object.entries(shapes).map(([verdict, shape]) => el('g', { id: `m-${verdict}` }, shape)),
    ...Object.entries(strokes).map(([name, d]) => el('path', { id: name, class: 'stroke', d })),
  );
}

/** The shape of a verdict in front of its words; the words are what counts. */
export function inlineMarker(verdict: RowVerdict): Child {
  return el('svg', { class: `m v-${verdict}`, 'aria-hidden': 'true' }, el('use', { href: `#m-${verdict}` }));
}
