import type { Report } from './report-model.ts';

/** Characters that no reader sees; some of them move what a terminal shows. */
export const unseenInJson = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu;

/** The report for machines as text: `tailgate.report/1`, the same facts always giving the same bytes. */
export function renderJson(report: Report): string {
  const text = JSON.stringify(report.json, undefined, 2).replaceAll(unseenInJson, escapeUnits);
  // Printed in a job, these three characters would begin a command to the runner; the value stays the same.
  return `${text.replaceAll('##[', '#\\u0023[')}\n`;
}

/** JSON escapes UTF-16 units, two for a character beyond the first plane. */
export function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
