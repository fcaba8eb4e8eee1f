import { extname } from 'node:path';
import { renderHtml } from '../core/report/html/html-report.ts';
import type { Report } from '../core/report/model/report-model.ts';
import { renderJunit } from '../core/report/render/junit-report.ts';
import { renderMarkdown } from '../core/report/render/markdown-report.ts';
import { renderJson } from '../core/report/render/report-json.ts';
import { renderText, type TextOptions } from '../core/report/render/text-report.ts';
import type { ReportSink } from '../ports.ts';

export type ReportFormat = 'text' | 'json' | 'markdown' | 'html' | 'junit';

const formatsByEnding: Readonly<Record<string, ReportFormat>> = {
  '.json': 'json',
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.html': 'html',
  '.htm': 'html',
  '.xml': 'junit',
};

/** What a file of this name is taken for by whoever opens it. */
export function formatOfName(path = ''): ReportFormat {
  return formatsByEnding[extname(path).toLowerCase()] ?? 'text';
}

/** The report as standard output takes it: as wide as the terminal, in color only where that is wanted. */
export function formatReport(report: Report, format: ReportFormat, output?: { readonly isFile: boolean }): string {
  switch (format) {
    case 'json':
      return renderJson(report);
    case 'markdown':
      return renderMarkdown(report);
    case 'html':
      return renderHtml(report);
    case 'junit':
      return renderJunit(report);
    case 'text':
      return renderText(report, output?.isFile === true ? {} : terminalOptions());
  }
}

/** Node knows what NO_COLOR, FORCE_COLOR, NODE_DISABLE_COLORS and TERM=dumb ask for. */
function terminalOptions(): TextOptions {
  const { stdout } = process;
  return { color: stdout.isTTY && stdout.hasColors(), width: stdout.columns ?? 100 };
}

export const printedReport: ReportSink = {
  label: 'standard output',
  async write({ report, isInterim }) {
    // Whoever sits in front of it sees the log, and gets the report when there is something to decide.
    if (isInterim === true) return;
    process.stdout.write(formatReport(report, 'text'));
  },
};
