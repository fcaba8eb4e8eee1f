import { appendFileSync, readFileSync, truncateSync } from 'node:fs';

/** The text of a file of lines; empty when there is none yet. */
export function readLines(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Appends one row as a line, in place of a last line that was cut off. */
export function appendRow(file: string, row: unknown): void {
  const text = readLines(file);
  const whole = text.lastIndexOf('\n') + 1;
  if (whole < text.length) truncateSync(file, Buffer.byteLength(text.slice(0, whole)));
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}
