import { escapeUnits, type ReportJson, unseenInJson } from '../render/report-json.ts';

/**
 * The report for machines as text that may stand inside `<script type="application/json">`: no `<` that could end the
 * element, no character that a reader can't see. Lists have one entry a line, so that people can read it too.
 */
export function embeddedJson(json: ReportJson): string {
  const lines = Object.entries(json).map(([key, value]) => `${JSON.stringify(key)}: ${valueText(value)}`);
  return `{\n${lines.join(',\n')}\n}`.replaceAll('<', '\\u003c').replaceAll(unseenInJson, escapeUnits);
}

function valueText(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value);
  return `[\n${value.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]`;
}
