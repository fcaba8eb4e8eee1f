import { toPlainText } from '../escape.ts';
import type { TextTable } from './table-text.ts';
import { lengthOf, wrapLine } from './wrap-line.ts';

/** Names take at most this share of the width. */
const nameShare = 0.4;

/**
 * Aligned columns without rules; the last column goes onto a line of its own where it is prose. A table that is wider
 * than `width` becomes a list of its rows.
 */
export function renderTextTable(
  table: TextTable,
  width: number,
  options: { readonly isLastColumnBelow?: boolean } = {},
): string[] {
  if (table.rows.length === 0) return [];
  const longestName = Math.max(12, Math.floor(width * nameShare));
  const cells = [table.columns, ...table.rows].map((row) =>
    row.map((cell, column) => toPlainText(cell, column === 0 ? longestName : undefined)),
  );
  const isLastBelow = options.isLastColumnBelow === true;
  const lines = aligned(isLastBelow ? cells.map((row) => row.slice(0, -1)) : cells);
  if (lines.some((line) => lengthOf(line) > width)) return listed(cells, width);
  return lines.flatMap((line, index) => {
    const below = isLastBelow && index > 0 ? (cells[index]?.at(-1) ?? '') : '';
    return below === '' ? [line] : [line, wrapLine(`    ${below}`, width, '    ')];
  });
}

function aligned(cells: readonly (readonly string[])[]): string[] {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))));
  return cells.map((row) => `  ${row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('  ')}`.trimEnd());
}

/** Each row as its name, and under it `column: cell` for the others. */
function listed([columns = [], ...rows]: readonly (readonly string[])[], width: number): string[] {
  return rows.flatMap(([name = '', ...cells]) => [
    `  ${name}`,
    ...cells
      .map((cell, i) => [columns[i + 1] ?? '', cell] as const)
      .filter(([, cell]) => cell !== '–' && cell !== '')
      .map(([column, cell]) => wrapLine(`    ${column}: ${cell}`, width, '      ')),
  ]);
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}
