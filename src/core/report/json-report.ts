import type { Report } from './report-model.ts';

/** The report for machines as text: `tailgate.report/1`, the same facts always giving the same bytes. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report.json, undefined, 2)}\n`;
}
