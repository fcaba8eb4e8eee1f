import type { Badge } from './badge.ts';
import { escapeMarkdown, tableCode } from './escape.ts';
import { narrativeMarkdown } from './narrative-markdown.ts';
import type { Report } from './report-model.ts';
import type { Table } from './tables.ts';

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
const mostDetailRows = 200;

/** The report as GitHub Markdown, for the job summary: verdict first, details folded. */
export function renderMarkdown(report: Report): string {
  const sections = [
    `### ${signs[report.badge]} ${report.badge}: ${escapeMarkdown(report.headline)}`,
    report.provenance.map(escapeMarkdown).join('\n\n'),
    list(report.nextSteps),
    markdownTable(report.findings),
    report.furtherFindings === undefined ? '' : `${escapeMarkdown(report.furtherFindings)}.`,
    narrativeMarkdown(report.narrative),
    report.absolute === undefined ? '' : `**${report.absolute.title}**\n\n${markdownTable(report.absolute)}`,
    list(report.notes),
    list(report.warnings.map((warning) => `⚠️ ${warning}`)),
    ...report.details.map(folded),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function list(texts: readonly string[]): string {
  return texts.map((text) => `- ${escapeMarkdown(text)}`).join('\n');
}

function folded(details: Table): string {
  return `<details><summary>${escapeMarkdown(details.title)} (${details.rows.length})</summary>\n\n${markdownTable(details)}\n\n</details>`;
}

/** Rows as a GitHub table; the first column holds names from outside. */
export function markdownTable({ columns, rows }: Table): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, mostDetailRows);
  const body = shown.map(
    ([name = '', ...cells]) => `| ${[tableCode(name), ...cells.map(escapeMarkdown)].join(' | ')} |`,
  );
  const further = rows.length - shown.length;
  const more = further > 0 ? `\n\nand ${further} more in the JSON report` : '';
  return [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...body].join('\n') + more;
}
