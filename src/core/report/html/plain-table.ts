import { toPlainText } from '../escape.ts';
import type { TextTable } from '../render/table-text.ts';
import { type Child, el, longestName } from './element.ts';

/** A table of texts; it scrolls by itself where it is wider than the page. */
export function plainTable(
  { title, columns, rows }: TextTable,
  options: { readonly hasFigures?: boolean } = {},
): Child {
  if (rows.length === 0) return null;
  return el(
    'div',
    { class: 'wide', tabindex: 0, role: 'group', 'aria-label': title },
    el(
      'table',
      { class: options.hasFigures === true ? 'plain figures-in' : 'plain' },
      el('thead', null, el('tr', null, ...columns.map((column) => el('th', { scope: 'col' }, column)))),
      el(
        'tbody',
        null,
        ...rows.map(([name = '', ...cells]) =>
          el(
            'tr',
            null,
            el('th', { scope: 'row' }, toPlainText(name, longestName)),
            ...cells.map((cell) => el('td', null, cell)),
          ),
        ),
      ),
    ),
  );
}
