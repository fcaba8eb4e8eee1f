import { type Calibration, calibratedMinutes } from '../../calibration/calibrate.ts';
import { codeBlock, escapeMarkdown, toPlainLines } from '../escape.ts';
import { formatChange, formatCount, formatMs, formatShare } from '../format-quantity.ts';
import { markdownTable } from './markdown-report.ts';
import type { TextTable } from './table-text.ts';
import { renderTextTable, wrapLine } from './text-report.ts';

/** What `calibrate` found, in the words of a person who has to choose margins. */
export interface CalibrationReport {
  readonly headline: string;
  readonly table: TextTable;
  readonly notes: readonly string[];
  /** To be pasted as they are. */
  readonly suggestions: readonly string[];
}

/** What a calibration found, in sentences and one table. `suggestions` are lines of configuration. */
export function reportCalibration(calibration: Calibration, name: string, blockLengthMs: number): CalibrationReport {
  const { falseAlarms, pairs, suggestions, endpoints } = calibration;
  const { builds, failed, interval } = falseAlarms;
  return {
    headline: `${name}: ${formatCount(pairs, 'pair')} of ${blockLengthMs / 1000} s with the same code on both sides`,
    table: noiseTable(calibration),
    notes: [
      `${failed} of ${formatCount(builds, 'unchanged build')} of 2 minutes would have failed (95 % interval ${formatShare(interval[0])} to ${formatShare(interval[1])}); the promise is at most 5 %.`,
      ...offsetNotes(calibration),
      suggestions.length === 0 && endpoints.length > 0
        ? 'The configured margins suit this setup: five minutes of load tell them from noise.'
        : endpoints.length > 0
          ? 'Margins that five minutes of load can tell from noise here:'
          : 'No endpoint had enough requests to say anything; make the load longer or its rate higher.',
    ],
    suggestions,
  };
}

function noiseTable({ endpoints }: Calibration): TextTable {
  return {
    title: 'Noise and what would be seen',
    columns: [
      'endpoint',
      'requests/min',
      'p95',
      'noise of a block',
      'offset',
      ...calibratedMinutes.map((minutes) => `seen in ${minutes} min`),
    ],
    rows: endpoints.map((row) => [
      row.endpoint,
      String(Math.round(row.requestsPerMinute)),
      formatMs(row.p95Ms),
      Number.isFinite(row.blockNoise) ? `±${formatShare(row.blockNoise)}` : '–',
      formatChange(row.offset),
      ...row.detectable.map((effect) => formatChange(effect)),
    ]),
  };
}

/** An offset (relative) beyond which two places of equal code are worth a line. */
const notableOffset = 0.05;

function offsetNotes({ endpoints }: Calibration): string[] {
  const differing = endpoints.filter(({ offset }) => Math.abs(offset) >= notableOffset);
  if (differing.length < Math.max(1, endpoints.length / 2)) return [];
  return [
    `The two places differ by 5 % or more on ${differing.length} of ${formatCount(endpoints.length, 'endpoint')} with equal code; after five calibrations that difference is known and taken off.`,
  ];
}

/** For a terminal, wrapped at `width` columns. */
export function calibrationText({ headline, table, notes, suggestions }: CalibrationReport, width: number): string {
  const sections = [
    [wrapLine(headline, width, '  ')],
    renderTextTable(table, width),
    notes.map((note) => wrapLine(note, width, '  ')),
    suggestions.map((line) => `  ${line}`),
  ];
  return `${sections
    .filter((section) => section.length > 0)
    .map((section) => section.map((line) => toPlainLines(line)).join('\n'))
    .join('\n\n')}\n`;
}

/** For a job summary; suggestions as a block to copy. */
export function calibrationMarkdown({ headline, table, notes, suggestions }: CalibrationReport): string {
  const sections = [
    `### 📏 ${escapeMarkdown(headline)}`,
    markdownTable(table),
    notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'),
    suggestions.length === 0 ? '' : codeBlock(suggestions.map((line) => toPlainLines(line)).join('\n'), 'yaml'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}
