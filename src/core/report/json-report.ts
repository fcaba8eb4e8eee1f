import type { Report } from './report-model.ts';

/** The report for machines as text: `tailgate.report/1`, the same facts always giving the same bytes. */
export function renderJson(report: Report): string {
  // Printed in a job, these three characters would begin a command to the runner; the value stays the same.
  return `${JSON.stringify(report.json, undefined, 2).replaceAll('##[', '#\\u0023[')}\n`;
}
