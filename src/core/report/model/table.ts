import type { Estimate, Family, NotComparedReason, Row, RowVerdict, Unit } from '../../comparison/row.ts';
import type { Metric } from '../../thresholds/thresholds.ts';
import { figureLabel, subjectText } from '../format-quantity.ts';

/** Figures in rows and columns. Cells are typed: a renderer makes text of them, and nothing reads that text back. */
export interface Table {
  readonly id: TableId;
  readonly title: string;
  readonly columns: readonly Column[];
  /** As many cells as columns; the first one names what the row is about. */
  readonly rows: readonly (readonly Cell[])[];
  /** Of what the title speaks of, where that isn't the number of rows. */
  readonly count?: number;
}

export type TableId =
  | 'findings'
  | 'endpoints'
  | 'improvements'
  | 'low-impact'
  | 'other-series'
  | 'odd-blocks'
  | 'this-run'
  | 'accepted'
  | 'months';

export interface Column {
  readonly id: ColumnId;
  readonly label: string;
}

/** What a column holds; metrics have columns of their own name. */
export type ColumnId =
  | 'subject'
  | 'metric'
  | 'sides'
  | 'change'
  | 'interval'
  | 'why'
  | 'verdict'
  | Metric
  | (string & {});

export type Cell =
  /** From outside: an endpoint, a check, a metric, a run. */
  | { readonly kind: 'name'; readonly text: string }
  /** Words made here. */
  | { readonly kind: 'words'; readonly text: string }
  /** Clauses made here, most important first. */
  | { readonly kind: 'clauses'; readonly clauses: readonly string[] }
  /** Both sides: `120 → 183 ms`. */
  | { readonly kind: 'sides'; readonly baseline: number; readonly candidate: number; readonly unit: Unit }
  /** A relative change, or of rates of failures a difference in fractions. */
  | { readonly kind: 'change'; readonly change: number; readonly family: Family }
  | { readonly kind: 'interval'; readonly interval: Estimate['interval']; readonly family: Family }
  /**
   * A change with its interval: `+52 % (+40 to +65 %)`, or after an early stop, whose change leans toward the larger ones,
   * the interval first: `+40 to +65 %, +52 % at stop`.
   */
  | { readonly kind: 'estimate'; readonly change: Estimate; readonly family: Family; readonly isAtStop: boolean }
  /** Everything about one figure in one cell: `120 → 183 ms (+52 %)`. */
  | { readonly kind: 'movement'; readonly row: Row }
  | { readonly kind: 'verdict'; readonly verdict: RowVerdict; readonly reason?: NotComparedReason }
  | { readonly kind: 'ms'; readonly ms: number }
  /** A share of something, 0..1. */
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'count'; readonly count: number }
  /** A quantile that had too few requests. */
  | { readonly kind: 'too-few-requests' }
  /** Nothing to show. */
  | { readonly kind: 'none' };

export const emptyCell: Cell = { kind: 'none' };

/** Text from outside. */
export function nameCell(text: string): Cell {
  return { kind: 'name', text };
}

/** Text made here; empty when empty. */
export function wordsCell(text: string): Cell {
  return text === '' ? emptyCell : { kind: 'words', text };
}

/** Text made here in parts, most important first; those without text are left out. */
export function clausesCell(texts: readonly string[]): Cell {
  return { kind: 'clauses', clauses: texts.filter((text) => text !== '') };
}

/** Empty for what wasn't measured, NaN or infinite. */
export function msCell(value: number | undefined): Cell {
  return value === undefined || !Number.isFinite(value) ? emptyCell : { kind: 'ms', ms: value };
}

/** Of a whole, 0..1; empty for what wasn't measured, NaN or infinite. */
export function shareCell(value: number | undefined): Cell {
  return value === undefined || !Number.isFinite(value) ? emptyCell : { kind: 'share', share: value };
}

/** How many there are, a whole number. */
export function countCell(value: number): Cell {
  return { kind: 'count', count: value };
}

/** What the row is about. */
export function subjectCell(row: Row): Cell {
  return nameCell(subjectText(row));
}

/** Which figure of its subject the row compares. */
export function metricCell(row: Row): Cell {
  return wordsCell(figureLabel(row));
}

/** Both sides; empty when one is missing. */
export function sidesCell({ baseline, candidate, unit }: Row): Cell {
  if (baseline === undefined || candidate === undefined) return emptyCell;
  return { kind: 'sides', baseline: baseline.point, candidate: candidate.point, unit };
}

/** The change by itself; empty where nothing was compared. */
export function changeCell({ relativeChange, family }: Row): Cell {
  return relativeChange === undefined ? emptyCell : { kind: 'change', change: relativeChange.point, family };
}

/** The interval by itself; empty where nothing was compared. */
export function intervalCell({ relativeChange, family }: Row): Cell {
  return relativeChange === undefined ? emptyCell : { kind: 'interval', interval: relativeChange.interval, family };
}

/** The change with its interval; empty where nothing was compared. */
export function estimateCell({ relativeChange, family }: Row, isAtStop: boolean): Cell {
  return relativeChange === undefined ? emptyCell : { kind: 'estimate', change: relativeChange, family, isAtStop };
}

/** The verdict, and why not if the row wasn't compared. */
export function verdictCell({ verdict, notComparedReason }: Row): Cell {
  return { kind: 'verdict', verdict, ...(notComparedReason !== undefined && { reason: notComparedReason }) };
}

/** The cell of `row` in the column `id`; empty where the table has no such column. */
export function cellAt({ columns }: Table, row: readonly Cell[], id: ColumnId): Cell {
  return row[columns.findIndex((column) => column.id === id)] ?? emptyCell;
}

/** Columns whose label is all there is to know of them. */
export function columns(...labels: readonly string[]): Column[] {
  return labels.map((label) => ({ id: label, label }));
}
