import { escapeMarkdown } from '../report/escape.ts';
import { renderMarkdown } from '../report/markdown-report.ts';
import type { Report } from '../report/report-model.ts';
import type { Table } from '../report/tables.ts';

export interface CommentParts {
  /** First line; empty where none is wanted. */
  readonly marker: string;
  readonly report: Report;
  /** The run's page, where the whole report lies. */
  readonly runUrl?: string;
  /** The label by which a known regression is accepted; absent where there is nothing to accept. */
  readonly acceptLabel?: string;
}

/** GitHub refuses comments beyond 65,536 characters; nobody knows of which kind, so the margin is wide. */
export const commentLimit = 60_000;

/** Rows of a folded table when the whole doesn't fit, and in the last stage but one. */
const rowsPerStage = [Number.POSITIVE_INFINITY, 60, 20, 5, 0];

/**
 * The comment's text, under `limit` UTF-16 units (and so under as many characters): the report as Markdown, with less and
 * less in it until it fits. What is dropped first is what fewest people miss: rows of the folded tables, then notes and
 * warnings, at last all but the verdict. No stage cuts a table or a fold in two.
 */
export function renderComment(parts: CommentParts, limit = commentLimit): string {
  for (const report of stagesOf(parts.report)) {
    const text = assemble(parts, report);
    if (text.length < limit) return text;
  }
  const { badge, headline } = parts.report;
  return `${parts.marker}\n### ${badge}: ${escapeMarkdown(headline.slice(0, 500))}\n\n${shortened}${footer(parts)}\n`;
}

function* stagesOf(report: Report): Generator<Report> {
  for (const rows of rowsPerStage) {
    const details = report.details.map((table) => firstRows(table, rows)).filter((table) => table.rows.length > 0);
    const absolute = report.absolute && { absolute: firstRows(report.absolute, Math.max(rows, 10)) };
    yield { ...report, ...absolute, details };
  }
  const few = { warnings: firstTexts(report.warnings), notes: firstTexts(report.notes) };
  const short = { ...report, ...few, details: [], absolute: undefined };
  yield short;
  yield { ...short, warnings: [], notes: [], provenance: [], nextSteps: [] };
}

const mostTexts = 10;

function firstTexts(texts: readonly string[]): readonly string[] {
  const further = texts.length - mostTexts;
  return further <= 0 ? texts : [...texts.slice(0, mostTexts), `${further} more in the report file`];
}

function firstRows(table: Table, count: number): Table {
  if (table.rows.length <= count) return table;
  return {
    ...table,
    title: `${table.title}, the first ${count} of ${table.rows.length}`,
    rows: table.rows.slice(0, count),
  };
}

const shortened = 'The report is too long for a comment.';

function assemble(parts: CommentParts, report: Report): string {
  const top = parts.marker === '' ? '' : `${parts.marker}\n`;
  const accept = parts.acceptLabel === undefined ? '' : `\n${howToAccept(parts.acceptLabel)}\n`;
  return `${top}${renderMarkdown(report)}${accept}${footer(parts)}`;
}

/** The comment that gives the reason is read by `readReason` in `core/acceptance/`. */
function howToAccept(label: string): string {
  return [
    '<details><summary>Accept this slowdown</summary>',
    '',
    'Somebody with write permission comments `tailgate accept: REASON` (with `until YYYY-MM-DD` at its end for another',
    `date than in 30 days) and sets the label ${escapeMarkdown(label)}. It counts for this pull request, up to the level seen here.`,
    '',
    '</details>',
  ].join('\n');
}

function footer({ runUrl }: CommentParts): string {
  return runUrl === undefined || !/^https?:\/\/[^\s()<>]+$/.test(runUrl)
    ? ''
    : `\n<sub>[Run and report files](${runUrl})</sub>\n`;
}
