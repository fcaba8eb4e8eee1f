import type { Narrative } from '../../narrative/narrative.ts';
import { guardWorkflowCommands, nameInSentence, toPlainText } from '../escape.ts';
import type { Badge } from '../model/badge.ts';
import type { Report } from '../model/report-model.ts';
import { textsOf } from './table-text.ts';
import { renderTextTable } from './text-table.ts';
import { wrapLine } from './wrap-line.ts';

export interface TextOptions {
  /** Colour codes in the output; off where NO_COLOR is set or the output is no terminal. */
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
const mostAbsoluteRows = 15;

/** More odd time blocks than this say the same again. */
const mostOddBlocks = 5;

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

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Commands are never broken: they are there to be copied. */
function nextLines({ nextSteps, nextCommand }: Report, width: number): string[] {
  return [...lines(nextSteps, width, '→ '), ...(nextCommand === undefined ? [] : [`    ${toPlainText(nextCommand)}`])];
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
  const rows = absolute.rows.slice(0, mostAbsoluteRows);
  const further = absolute.rows.length - rows.length;
  const more = further > 0 ? [`  and ${further} more in the report`] : [];
  return [...renderTextTable(textsOf({ ...absolute, rows }), width), ...more];
}

/** A stall that somebody sees in the terminal needs no report file to be understood. */
function oddBlockLines({ details }: Report, width: number): string[] {
  const table = details.find(({ id }) => id === 'odd-blocks');
  if (table === undefined) return [];
  const further = table.rows.length - mostOddBlocks;
  const shown = renderTextTable(textsOf({ ...table, rows: table.rows.slice(0, mostOddBlocks) }), width, {
    isLastColumnBelow: true,
  });
  return [`${table.title}:`, ...shown, ...(further > 0 ? [`  and ${further} more in the report`] : [])];
}

function lines(texts: readonly string[], width: number, prefix = '', longest = longestText): string[] {
  return texts.map((text) => wrapLine(`${prefix}${toPlainText(text, longest)}`, width, '  '));
}
