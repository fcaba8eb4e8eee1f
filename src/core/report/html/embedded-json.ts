import type { ReportJson } from '../report-json.ts';

/**
 * The report for machines as text that may stand inside `<script type="application/json">`: no `<` that could end the
 * element, no character that a reader can't see. Lists have one entry a line, so that people can read it too.
 */
export function embeddedJson(json: ReportJson): string {
  const lines = Object.entries(json).map(([key, value]) => `${JSON.stringify(key)}: ${valueText(value)}`);
  return `{\n${lines.join(',\n')}\n}`.replaceAll('<', '\\u003c').replaceAll(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escapeUnits);
}

function valueText(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value);
  return `[\n${value.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]`;
}

/** JSON escapes UTF-16 units, two for a character beyond the first plane. */
function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
