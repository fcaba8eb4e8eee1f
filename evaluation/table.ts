/** What a method contributes: tables of rows, each row computed by itself so that rows can run side by side. */
export interface Method {
  readonly id: string;
  readonly tables: readonly Table[];
  /** The rows of all tables, in order. Called in the main thread and in every worker: must be deterministic. */
  rows(input: EvaluationInput): readonly RowPlan[];
}

/** One table of the report; columns in order of display. */
export interface Table {
  readonly id: string;
  readonly title: string;
  /** Markdown paragraph between title and table. */
  readonly note: string;
  readonly columns: readonly Column[];
}

export interface Column {
  readonly id: string;
  readonly title: string;
}

export interface RowPlan {
  /** Unique within the method. */
  readonly id: string;
  readonly table: string;
  readonly title: string;
  /** What the row is meant to reach, per column: `<= .05`. */
  readonly asked?: Readonly<Record<string, string>>;
  /** Figures of the whole row first, then one line per cell where there are several. */
  compute(): Promise<RowResult> | RowResult;
}

export interface RowResult {
  readonly total: Figures;
  readonly cells: readonly { readonly cell: string; readonly figures: Figures }[];
}

export type Figures = Readonly<Record<string, Figure>>;

export interface Figure {
  readonly value: number;
  /** 95 %, by bootstrap over runs; absent where there is nothing to resample. */
  readonly interval?: readonly [number, number];
  /** How many builds are behind it; absent for figures that are no rates. */
  readonly builds?: number;
}

export interface EvaluationInput {
  readonly cells: readonly import('./cell.ts').Cell[];
  /** 1 for the full number of builds, less for a quick look. */
  readonly scale: number;
}
