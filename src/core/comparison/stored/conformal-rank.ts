import { mean, present, sampleVariance } from '../../stats/sample-moments.ts';
import type { LogTable } from './shift-table.ts';

/** Fewest window runs with which a rank can reach p = .05: (1 + 0) / (19 + 1). */
export const fewestRunsForRank = 19;

/**
 * How unusual is the candidate among all runs, by rank alone? Every run, the candidate included, gets the largest of its
 * standardised deviations upwards over all endpoints and quantiles; the p-value is the share of runs whose value reaches
 * the candidate's. If the candidate is one more run of the same kind, p is at most a with chance a, whatever the law and
 * the dependence. It can't be smaller than 1 / (runs + 1).
 *
 * @param tables one per quantile, all with the same runs and one candidate run
 *
 * Source: Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World, section 2.2 (conformal p-values).
 */
export function conformalP(tables: readonly LogTable[]): number {
  const rows = tables.flatMap((table) =>
    table.window.map((row, j) => [...row, (table.candidate[j] as readonly number[])[0] as number]),
  );
  const runs = rows[0]?.length ?? 1;
  const largest = new Array<number>(runs).fill(Number.NEGATIVE_INFINITY);
  for (const row of rows) {
    const known = present(row);
    const deviation = Math.sqrt(sampleVariance(known));
    if (!(deviation > 0)) continue;
    const centre = mean(known);
    for (const [run, value] of row.entries()) {
      const standardised = (value - centre) / deviation;
      if (standardised > (largest[run] as number)) largest[run] = standardised;
    }
  }
  const candidate = largest[runs - 1] as number;
  return largest.filter((value) => value >= candidate).length / runs;
}
