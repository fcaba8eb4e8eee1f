import { wilsonInterval } from '../src/core/stats/proportion.ts';
import { seededRandom } from '../src/core/stats/random.ts';
import { type BuildOutcome, runBootstrap } from './run-bootstrap.ts';
import type { Figure, Figures, RowResult } from './table.ts';

/** The figures of one row by column, over all cells and (where there are several) per cell. */
export function rowResult(
  cells: readonly { readonly name: string; readonly runs: readonly unknown[] }[],
  outcomes: ReadonlyMap<string, BuildOutcome[]>,
  seed: string,
): RowResult {
  const runsPerCell = cells.map((cell) => cell.runs.length);
  const figures = (only?: number): Figures => {
    const entries: [string, Figure][] = [];
    for (const [column, all] of outcomes) {
      const used = only === undefined ? all : all.filter((outcome) => outcome.cell === only);
      if (used.length === 0) continue;
      entries.push([column, runBootstrap(used, runsPerCell, seededRandom(`${seed} ${column} ${only ?? 'total'}`))]);
    }
    return Object.fromEntries(entries);
  };
  return {
    total: figures(),
    cells: cells.length > 1 ? cells.map((cell, index) => ({ cell: cell.name, figures: figures(index) })) : [],
  };
}

/** How often something was so in independent builds, with the 95 % interval after Wilson. */
export function rate(hits: number, total: number): Figure {
  return { value: hits / total, interval: wilsonInterval({ failed: hits, total }, 0.95), builds: total };
}
