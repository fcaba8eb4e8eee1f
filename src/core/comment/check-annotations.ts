import { toPlainText } from '../report/escape.ts';
import { isAtStop } from '../report/model/report-facts.ts';
import type { Report } from '../report/model/report-model.ts';
import { type ColumnId, cellAt } from '../report/model/table.ts';
import { cellText } from '../report/render/table-text.ts';

/** One note at a line of a file, as GitHub's check runs show them. */
export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'failure' | 'warning';
  readonly title: string;
  readonly message: string;
}

export interface ScriptText {
  /** Within the repository. */
  readonly path: string;
  readonly text: string;
}

/** Each finding at the line of the load script that sends its requests, or at the script's beginning. */
export function annotateFindings(report: Report, scripts: readonly ScriptText[]): CheckAnnotation[] {
  const [first] = scripts;
  if (first === undefined) return [];
  const { findings, facts } = report;
  const atStop = isAtStop(facts);
  const label = atStop ? ' at stop' : '';
  return findings.rows.map((row) => {
    const text = (id: ColumnId) => cellText(cellAt(findings, row, id));
    const endpoint = text('subject');
    const [surer, other] = atStop ? [text('interval'), text('change')] : [text('change'), text('interval')];
    const { path, line } = findCall(endpoint, scripts) ?? { path: first.path, line: 1 };
    return {
      path,
      start_line: line,
      end_line: line,
      annotation_level: facts.decided.outcome.exitCode === 0 ? 'warning' : 'failure',
      title: toPlainText(`${endpoint} ${text('metric')} ${surer}`, 120),
      message: toPlainText(`${text('sides')}, ${surer} (${other}${label}): ${text('why')}`),
    };
  });
}

/** The first line that holds every fixed part of the endpoint's path, or its name as it is. */
function findCall(endpoint: string, scripts: readonly ScriptText[]): { path: string; line: number } | undefined {
  const name = endpoint.replace(/^[A-Z]+ /, '').replace(/ \[[^\]]*\]$/, '');
  const parts = name.split(/\/:[^/]+|\*/).filter((part) => part.length > 1);
  if (parts.length === 0) return undefined;
  for (const { path, text } of scripts) {
    const index = text.split('\n').findIndex((line) => parts.every((part) => line.includes(part)));
    if (index >= 0) return { path, line: index + 1 };
  }
  return undefined;
}
