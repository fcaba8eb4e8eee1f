import { toPlainText } from './escape.ts';
import type { Table } from './tables.ts';
import { lengthOf, wrapLine } from './wrap-line.ts';

/** Names take at most this share of the width. */
const nameShare = 0.4;

/** Aligned columns without rules; the last column goes onto a line of its own where it is prose. */
export function renderTextTable(
  table: Table,
  width: number,
  options: { readonly isLastColumnBelow?: boolean } = {},
): string[] {
  if (table.rows.length === 0) return [];
  const longestName = Math.max(12, Math.floor(width * nameShare));
  const cells = [table.columns, ...table.rows].map((row) =>
    row.map((cell, column) => toPlainText(cell, column === 0 ? longestName : undefined)),
  );
  const beside = options.isLastColumnBelow === true ? cells.map((row) => row.slice(0, -1)) : cells;
  const widths = table.columns.map((_, column) => Math.max(...beside.map((row) => lengthOf(row[column] ?? ''))));
  return beside.flatMap((row, index) => {
    const line = `  ${row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('  ')}`.trimEnd();
    const below = options.isLastColumnBelow === true && index > 0 ? (cells[index]?.at(-1) ?? '') : '';
    return below === '' ? [line] : [line, wrapLine(`    ${below}`, width, '    ')];
  });
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}
