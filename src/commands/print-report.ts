import { renderHtml } from '../core/report/html/html-report.ts';
import { renderJson } from '../core/report/json-report.ts';
import { renderMarkdown } from '../core/report/markdown-report.ts';
import type { Report } from '../core/report/report-model.ts';
import { renderText } from '../core/report/text-report.ts';
import type { Publisher } from '../ports.ts';

export type ReportFormat = 'text' | 'json' | 'markdown' | 'html';

/** The report as standard output takes it: as wide as the terminal, in colour only where that is wanted. */
export function formatReport(report: Report, format: ReportFormat): string {
  switch (format) {
    case 'json':
      return renderJson(report);
    case 'markdown':
      return renderMarkdown(report);
    case 'html':
      return renderHtml(report);
    case 'text':
      return renderText(report, { color: wantsColor(), width: process.stdout.columns ?? 100 });
  }
}

function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env['NO_COLOR'];
}

export const printedReport: Publisher = {
  label: 'standard output',
  async publish({ report }) {
    process.stdout.write(formatReport(report, 'text'));
  },
};
