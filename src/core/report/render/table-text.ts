import type { Row } from '../../comparison/row.ts';
import {
  formatChangeIn,
  formatChangeOf,
  formatIntervalIn,
  formatMs,
  formatShare,
  formatSides,
  formatSidesIn,
  formatWhole,
  metricLabel,
} from '../format-quantity.ts';
import { isZeroOnBothSides, verdictWords } from '../model/endpoint-verdict.ts';
import type { Cell, Table } from '../model/table.ts';

/** A table as a medium lays it out: texts that are still to be escaped, the first one of each row a name. */
export interface TextTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every cell made text, for renderers that know no kinds of cells. */
export function textsOf({ title, columns, rows }: Table): TextTable {
  return { title, columns: columns.map(({ label }) => label), rows: rows.map((row) => row.map(cellText)) };
}

/** What a reader sees of a cell, in every medium. */
export function cellText(cell: Cell): string {
  switch (cell.kind) {
    case 'name':
    case 'words':
      return cell.text;
    case 'clauses':
      return cell.clauses.join('; ');
    case 'sides':
      return formatSidesIn(cell.unit, cell.baseline, cell.candidate);
    case 'change':
      return formatChangeIn(cell.family, cell.change);
    case 'interval':
      return formatIntervalIn(cell.family, cell.interval);
    case 'estimate':
      return estimateText(cell);
    case 'movement':
      return movementText(cell.row);
    case 'verdict':
      return verdictWords(cell.verdict, cell.reason);
    case 'ms':
      return formatMs(cell.ms);
    case 'share':
      return formatShare(cell.share);
    case 'count':
      return formatWhole(cell.count);
    case 'too-few-requests':
      return 'too few requests';
    case 'none':
      return '–';
  }
}

function estimateText({ change, family, isAtStop }: Extract<Cell, { kind: 'estimate' }>): string {
  const point = formatChangeIn(family, change.point);
  const interval = formatIntervalIn(family, change.interval);
  if (!isAtStop) return `${point} (${interval})`;
  return interval === 'anything' ? `${point} at stop` : `${interval}, ${point} at stop`;
}

/** `120 → 183 ms (+52 %)`; an inconclusive one says what would have been seen. */
function movementText(row: Row): string {
  if (isZeroOnBothSides(row)) return '0 %';
  const change = formatChangeOf(row);
  const effect = row.minimumDetectableEffect;
  const seen =
    effect !== undefined && Number.isFinite(effect) ? `, would show ${formatChangeIn(row.family, effect)}` : ', unsure';
  const suffix = row.verdict === 'inconclusive' ? seen : '';
  const sides = formatSides(row);
  if (sides === '') return `${change}${suffix}`;
  const name = row.family === 'shares' ? `${metricLabel(row.metric)} ` : '';
  return `${name}${sides} (${change}${suffix})`;
}
