import { type Random, randomInteger } from '../src/core/stats/random.ts';
import type { Figure } from './table.ts';

/** One judged build: what came out (a rate's 0 or 1, or any number) and which runs it was made of, by their roles. */
export interface BuildOutcome {
  readonly value: number;
  /** Index of the cell. */
  readonly cell: number;
  /** Runs by role; builds that share a run in the same role are alike. */
  readonly roles: readonly (readonly number[])[];
}

const replicates = 1000;

/**
 * Mean with a 95 % interval by bootstrap over runs. Builds cut from the same few runs are not independent, so what is
 * resampled are the runs: each run's influence on the mean (how the builds that use it in a role differ from all builds,
 * corrected for drawing without replacement) is weighted by how often it comes up in a resample.
 *
 * Where no build had the outcome at all nothing can be resampled; the upper end then is the rule of three over the runs
 * that were candidates.
 *
 * Source: Efron, Stein (1981), The jackknife estimate of variance, Ann. Statist. 9, 586-596 (first-order influence).
 */
export function runBootstrap(
  outcomes: readonly BuildOutcome[],
  runsPerCell: readonly number[],
  random: Random,
): Figure {
  const value = outcomes.reduce((sum, outcome) => sum + outcome.value, 0) / outcomes.length;
  const influence = influences(outcomes, runsPerCell);
  const means: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    let shift = 0;
    for (const cell of influence) {
      for (let draw = 0; draw < cell.length; draw++) shift += cell[randomInteger(random, cell.length)] as number;
    }
    means.push(value + shift);
  }
  means.sort((a, b) => a - b);
  const used = new Set(outcomes.map((outcome) => outcome.cell));
  const runs = runsPerCell.reduce((sum, count, cell) => sum + (used.has(cell) ? count : 0), 0);
  const lower = means[Math.floor(0.025 * replicates)] as number;
  const upper = value === 0 ? 1 - 0.05 ** (1 / runs) : (means[Math.ceil(0.975 * replicates) - 1] as number);
  const isRate = outcomes.every((outcome) => outcome.value <= 1);
  return { value, interval: [Math.max(0, lower), isRate ? Math.min(1, upper) : upper], builds: outcomes.length };
}

/** First-order influence of each run of each cell, summed over roles and centerd within the cell. */
function influences(outcomes: readonly BuildOutcome[], runsPerCell: readonly number[]): number[][] {
  return runsPerCell.map((runs, cell) => {
    const inCell = outcomes.filter((outcome) => outcome.cell === cell);
    const total = new Array<number>(runs).fill(0);
    if (inCell.length === 0) return total;
    const center = inCell.reduce((sum, outcome) => sum + outcome.value, 0) / inCell.length;
    const share = inCell.length / outcomes.length;
    const roles = inCell[0]?.roles.length ?? 0;
    const used = inCell[0]?.roles.reduce((sum, role) => sum + role.length, 0) ?? 0;
    const correction = (runs - 1) / Math.max(1, runs - used);
    for (let role = 0; role < roles; role++) {
      const sums = new Array<number>(runs).fill(0);
      const counts = new Array<number>(runs).fill(0);
      for (const outcome of inCell) {
        for (const run of outcome.roles[role] as readonly number[]) {
          sums[run] = (sums[run] as number) + outcome.value;
          counts[run] = (counts[run] as number) + 1;
        }
      }
      const size = inCell[0]?.roles[role]?.length ?? 0;
      for (let run = 0; run < runs; run++) {
        if (counts[run] === 0) continue;
        const difference = (sums[run] as number) / (counts[run] as number) - center;
        total[run] = (total[run] as number) + (share * size * difference * correction) / runs;
      }
    }
    const mean = total.reduce((sum, value) => sum + value, 0) / runs;
    return total.map((value) => value - mean);
  });
}
