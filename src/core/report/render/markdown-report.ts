import { renderCommand } from '../../../printed-command.ts';
import type { Narrative, Span } from '../../narrative/narrative.ts';
import { codeBlock, escapeMarkdown, inlineCode, tableCode } from '../escape.ts';
import { type Reason, reasonSentence } from '../model/reasons.ts';
import type { Badge, Report } from '../model/report-model.ts';
import { cellAt, type Table } from '../model/table.ts';
import { cellText, type TextTable, textsOf } from './table-text.ts';

const signs: Readonly<Record<Badge, string>> = {
  PASS: '✅',
  FAIL: '❌',
  INVALID: '⛔',
  INCONCLUSIVE: '❔',
  'NO BASELINE': '🌱',
  RECORDED: '📌',
  MEASURED: '📏',
  'NOT STORED': '⛔',
};

/** More rows than this make a page that no browser shows gladly. */
const maxDetailRows = 1000;

/** More warnings than this push what they warn of out of sight. */
const maxOpenWarnings = 3;

/**
 * The report as GitHub Markdown, for the job summary and the comment: the verdict with its counts, what was compared,
 * warnings, what got worse, the paragraph; everything else is folded. Reads well as plain text too, as in a mail.
 */
export function renderMarkdown(report: Report): string {
  const sections = [
    `### ${signs[report.badge]} ${report.badge}: ${escapeMarkdown(report.headline)}`,
    opening(report),
    ...warningParts(report.warnings),
    whatToDo(report),
    findingsMarkdown(report.findings),
    reasonsMarkdown(report.reasons),
    small([...report.readingHelp, report.furtherFindings === undefined ? '' : `${report.furtherFindings}.`]),
    narrativeMarkdown(report.narrative),
    report.absolute === undefined ? '' : `**${report.absolute.title}**\n\n${markdownTable(textsOf(report.absolute))}`,
    list(report.notes),
    ...report.details.map(foldedTable),
    trailFold(report),
    reproductionFold(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** More reasons than this nobody reads in a pull request; the page has them all. */
const maxReasons = 5;

/** One line an endpoint and cause: what, how sure, what was seen, what to do. */
function reasonsMarkdown(reasons: readonly Reason[]): string {
  if (reasons.length === 0) return '';
  const lines = reasons.slice(0, maxReasons).map((reason) => {
    const { text, readOn } = reason.advice;
    return `- ${inlineCode(reason.endpoint)}: ${escapeMarkdown(reasonSentence(reason))}. ${escapeMarkdown(text)} [Read on](${readOn})`;
  });
  return `**Why**\n\n${lines.join('\n')}`;
}

/** How many endpoints came out how, and what was compared with what. */
function opening({ counts, provenance }: Report): string {
  const sentences = provenance.map(escapeMarkdown);
  return [...(counts === '' ? [] : [`**${escapeMarkdown(counts)}.**`]), ...sentences].join(' ');
}

function warningParts(warnings: readonly string[]): string[] {
  const [open, rest] = [warnings.slice(0, maxOpenWarnings), warnings.slice(maxOpenWarnings)];
  return [list(open, '⚠️ '), rest.length === 0 ? '' : fold(`Further warnings (${rest.length})`, list(rest))];
}

function whatToDo({ nextSteps, nextCommand }: Report): string {
  const parts = [
    '**What to do**',
    list(nextSteps),
    ...(nextCommand === undefined ? [] : [codeBlock(renderCommand(nextCommand))]),
  ];
  return nextSteps.length === 0 ? '' : parts.join('\n\n');
}

function small(sentences: readonly string[]): string {
  const text = sentences.filter((sentence) => sentence !== '').join(' ');
  return text === '' ? '' : `<sub>${escapeMarkdown(text)}</sub>`;
}

function list(texts: readonly string[], mark = ''): string {
  return texts.map((text) => `- ${mark}${escapeMarkdown(text)}`).join('\n');
}

function foldedTable(table: Table): string {
  return fold(`${escapeMarkdown(table.title)} (${table.count ?? table.rows.length})`, markdownTable(textsOf(table)));
}

function trailFold({ trail }: Report): string {
  if (trail.length === 0) return '';
  const steps = trail.map(({ title, text, items }, i) =>
    [
      `${i + 1}. **${escapeMarkdown(title)}** ${escapeMarkdown(text)}`,
      ...items.map((item) => `   - ${escapeMarkdown(item)}`),
    ].join('\n'),
  );
  return fold('How it was decided', steps.join('\n'));
}

function reproductionFold({ reproduction }: Report): string {
  if (reproduction === undefined) return '';
  return fold(
    'Reproduce it on your machine',
    `${escapeMarkdown(reproduction.text)}\n\n${codeBlock(renderCommand(reproduction.command))}\n\nHow to install Tailgate: ${inlineCode(reproduction.install)}`,
  );
}

/** `content` behind a line to click; `summary` is Markdown-free text. */
export function fold(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

/** The metric stands with its figures: a telephone then shows the change without scrolling. */
function findingsMarkdown(table: Table): string {
  const shown = table.columns.filter(({ id }) => id !== 'metric');
  return markdownTable({
    title: table.title,
    columns: shown.map(({ label }) => label),
    rows: table.rows.map((row) =>
      shown.map(({ id }) => {
        const cell = cellAt(table, row, id);
        if (cell.kind === 'clauses') return cell.clauses.map(unbroken).join('; ');
        if (id === 'subject') return cellText(cell);
        if (id !== 'sides') return unbroken(cellText(cell));
        const metric = cellText(cellAt(table, row, 'metric'));
        return cell.kind === 'none' ? metric : `${metric} ${cellText(cell)}`;
      }),
    ),
  });
}

/** Longer clauses are prose, which may break anywhere. */
const longestClause = 40;

function unbroken(clause: string): string {
  return clause.length > longestClause ? clause : clause.replaceAll(' ', '\u00a0');
}

/** Rows as a GitHub table; the first column holds names from outside. */
export function markdownTable({ columns, rows }: TextTable): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, maxDetailRows);
  const body = shown.map(([name = '', ...cells]) => `| ${[tableCode(name), ...cells.map(markdownCell)].join(' | ')} |`);
  const further = rows.length - shown.length;
  const more = further > 0 ? `\n\nand ${further} more in the JSON report` : '';
  return [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...body].join('\n') + more;
}

/** Blanks before a unit, around an arrow, in an interval and in a p-value. */
const inOneNumber =
  /(?<=\d) (?=(?:%|ms|pp|s)(?!\w))| (?=→)|(?<=→) |(?<=[+−]\d\S*) (?=to )|(?<=\d\S* to) | (?=[<=] \d)|(?<= [<=]) /g;

/** A number stays on the line of its unit and of its other side, however narrow the column is. */
function markdownCell(text: string): string {
  return escapeMarkdown(text).replaceAll(inOneNumber, '\u00a0');
}

/** The paragraph as GitHub Markdown, and below it, in small print, who worded it where that isn't the template as usual. */
export function narrativeMarkdown(narrative: Narrative | undefined): string {
  if (narrative === undefined) return '';
  const paragraph = narrative.spans.map(spanMarkdown).join('').trim();
  const origin =
    narrative.model === undefined
      ? narrative.note
      : `Worded by ${narrative.model}; every number and name was filled in by Tailgate.`;
  return origin === undefined ? paragraph : `${paragraph}\n\n<sub>${escapeMarkdown(origin)}</sub>`;
}

function spanMarkdown({ kind, text }: Span): string {
  if (kind === 'name') return inlineCode(text);
  const [, before = '', content = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  return `${before && ' '}${content === '' ? '' : escapeMarkdown(content)}${after && ' '}`;
}
