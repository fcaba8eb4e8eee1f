import type { TextTable } from '../core/report/render/table-text.ts';
import { renderTextTable } from '../core/report/render/text-report.ts';

/** Prints a table as wide as the terminal, and an empty line. */
export function printTable(table: TextTable): void {
  process.stdout.write(`${renderTextTable(table, process.stdout.columns ?? 120).join('\n')}\n\n`);
}
