import stringWidth from 'string-width';
import { renderCommand } from '../../../printed-command.ts';
import type { Narrative } from '../../narrative/narrative.ts';
import { guardWorkflowCommands, nameInSentence, toPlainText } from '../escape.ts';
import { type Reason, reasonSentence } from '../model/reasons.ts';
import type { Badge, Report } from '../model/report-model.ts';
import { type TextTable, textsOf } from './table-text.ts';

export interface TextOptions {
  /** Color codes in the output; off where NO_COLOR is set or the output is no terminal. */
  readonly color?: boolean;
  /** Columns of the terminal; 100 unless given. */
  readonly width?: number;
  /** All endpoints too, not only what got worse. */
  readonly details?: boolean;
}

/** Narrower than this, nothing is readable any more. */
const narrowest = 40;

/** A longer sentence would be a wall; the report file has it whole. */
const longestText = 400;

const longestParagraph = 2000;

/** Rows of the figures of a first run beyond which the report file is the better place. */
const maxAbsoluteRows = 15;

/** More odd time blocks than this say the same again. */
const maxOddBlocks = 5;

const colors: Readonly<Record<Badge, string>> = {
  PASS: '32',
  FAIL: '31',
  INVALID: '31',
  INCONCLUSIVE: '33',
  'NO BASELINE': '33',
  RECORDED: '32',
  MEASURED: '36',
  'NOT STORED': '31',
};

/** The report for a terminal: the verdict in the first line, then only what a reader can act on. */
export function renderText(report: Report, options: TextOptions = {}): string {
  const width = Math.max(narrowest, options.width ?? 100);
  const badge = options.color === true ? `\u001b[1;${colors[report.badge]}m${report.badge}\u001b[0m` : report.badge;
  const headline = wrapLine(`${report.badge}: ${toPlainText(report.headline, longestText)}`, width, '  ');
  const sections = [
    [`${badge}${headline.slice(report.badge.length)}`],
    renderTextTable(textsOf(report.findings), width, { isLastColumnBelow: true }),
    lines([...report.readingHelp, report.furtherFindings && `${report.furtherFindings}.`].filter(isGiven), width),
    reasonLines(report.reasons, width),
    lines([narrativeText(report.narrative)].filter(isGiven), width, '', longestParagraph),
    absoluteLines(report, width),
    nextLines(report, width),
    lines(report.notes, width),
    lines(report.warnings, width, 'warning: '),
    options.details === true ? [] : oddBlockLines(report, width),
    ...(options.details === true
      ? report.details.map((table) => [table.title, ...renderTextTable(textsOf(table), width)])
      : []),
    lines(report.provenance, width),
  ];
  const text = sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n');
  return guardWorkflowCommands(`${text}\n`);
}

/** Each reason with its advice below it. */
function reasonLines(reasons: readonly Reason[], width: number): string[] {
  return reasons.flatMap((reason) => [
    ...lines([`${nameInSentence(reason.endpoint)}: ${reasonSentence(reason)}`], width, 'why: '),
    ...lines([`${reason.advice.text} ${reason.advice.readOn}`], width, '  '),
  ]);
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Commands are never broken: they are there to be copied. */
function nextLines({ nextSteps, nextCommand }: Report, width: number): string[] {
  const command = nextCommand === undefined ? [] : [`    ${renderCommand(nextCommand)}`];
  return [...lines(nextSteps, width, '→ '), ...command];
}

/** The paragraph, and who worded it where that isn't the template as usual. */
function narrativeText(narrative: Narrative | undefined): string | undefined {
  if (narrative === undefined) return undefined;
  const text = narrative.spans
    .map(({ kind, text: words }) => (kind === 'name' ? nameInSentence(words) : words))
    .join('');
  return narrative.model === undefined ? text : `${text} (Worded by ${narrative.model}.)`;
}

function absoluteLines({ absolute }: Report, width: number): string[] {
  if (absolute === undefined) return [];
  const rows = absolute.rows.slice(0, maxAbsoluteRows);
  const further = absolute.rows.length - rows.length;
  const more = further > 0 ? [`  and ${further} more in the report`] : [];
  return [...renderTextTable(textsOf({ ...absolute, rows }), width), ...more];
}

/** A stall that somebody sees in the terminal needs no report file to be understood. */
function oddBlockLines({ details }: Report, width: number): string[] {
  const table = details.find(({ id }) => id === 'odd-blocks');
  if (table === undefined) return [];
  const further = table.rows.length - maxOddBlocks;
  const shown = renderTextTable(textsOf({ ...table, rows: table.rows.slice(0, maxOddBlocks) }), width, {
    isLastColumnBelow: true,
  });
  return [`${table.title}:`, ...shown, ...(further > 0 ? [`  and ${further} more in the report`] : [])];
}

function lines(texts: readonly string[], width: number, prefix = '', longest = longestText): string[] {
  return texts.map((text) => wrapLine(`${prefix}${toPlainText(text, longest)}`, width, '  '));
}

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

/** A blank that does not part a number from its unit. */
const breakable = / (?!(?:%|pp|ms|s)(?:\W|$))/;

/**
 * `line` broken at blanks into lines of at most `width` characters, the later ones indented; words longer than a line
 * are cut.
 */
export function wrapLine(line: string, width: number, indent: string): string {
  const wrapped: string[] = [];
  const start = /^ */.exec(line)?.[0] ?? '';
  let current = start;
  for (const word of line
    .slice(start.length)
    .split(breakable)
    .flatMap((text) => cut(text, width - indent.length))) {
    const longer = current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
    if (current.trim() !== '' && lengthOf(longer) > width) {
      wrapped.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...wrapped, current].join('\n');
}

function cut(word: string, longest: number): string[] {
  if (lengthOf(word) <= longest) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && lengthOf(piece + character) > longest) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Columns of a terminal: ideographs and most emoji take two, combining marks none. */
function lengthOf(text: string): number {
  return isPlain.test(text) ? text.length : stringWidth(text);
}

const isPlain = /^[ -~]*$/;
