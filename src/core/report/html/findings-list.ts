import { type ColumnId, cellAt, type Table } from '../model/table.ts';
import { cellText } from '../render/table-text.ts';
import { type Child, el, nameOf } from './element.ts';

/** What got worse, worst first; a list reads better than a table on a narrow page. */
export function findingsList(table: Table, links: ReadonlyMap<string, string>, isAtStop: boolean): Child {
  if (table.rows.length === 0) return null;
  return el(
    'ol',
    { class: 'findings' },
    ...table.rows.map((row) => {
      const text = (id: ColumnId) => cellText(cellAt(table, row, id));
      const name = text('subject');
      const hasSides = cellAt(table, row, 'sides').kind !== 'none';
      const [first, second] = isAtStop ? [text('interval'), text('change')] : [text('change'), text('interval')];
      const link = links.get(name);
      const code = nameOf(name);
      return el(
        'li',
        null,
        el(
          'p',
          null,
          link === undefined ? code : el('a', { href: `#${link}` }, code),
          ` ${text('metric')} `,
          el('b', { class: 'bad' }, first),
          el('span', { class: 'quiet' }, isAtStop ? ` (at stop ${second})` : ` (${second})`),
          hasSides ? el('span', null, ` ${text('sides')}`) : null,
        ),
        el('p', { class: 'quiet' }, text('why')),
      );
    }),
  );
}
