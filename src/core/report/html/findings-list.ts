import type { Table } from '../tables.ts';
import { type Child, el, nameOf } from './element.ts';

/** What got worse, worst first; a list reads better than a table on a narrow page. */
export function findingsList({ columns, rows }: Table, links: ReadonlyMap<string, string>): Child {
  if (rows.length === 0) return null;
  const [, , , first = ''] = columns;
  const isAtStop = first.includes('interval');
  return el(
    'ol',
    { class: 'findings' },
    ...rows.map(([name = '', metric = '', sides = '', change = '', interval = '', why = '']) => {
      const link = links.get(name);
      const code = nameOf(name);
      return el(
        'li',
        null,
        el(
          'p',
          null,
          link === undefined ? code : el('a', { href: `#${link}` }, code),
          ` ${metric} `,
          el('b', { class: 'bad' }, change),
          el('span', { class: 'quiet' }, isAtStop ? ` (at stop ${interval})` : ` (${interval})`),
          sides === '–' ? null : el('span', null, ` ${sides}`),
        ),
        el('p', { class: 'quiet' }, why),
      );
    }),
  );
}
