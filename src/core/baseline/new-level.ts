import type { RunRecord } from '../run-record/run-record.ts';
import { mean } from '../stats/sample-moments.ts';
import { commonEndpoints, type LogLevel, logLevels } from './log-levels.ts';

/** So many red runs of the default branch in a row, at one level, are no outliers: the level itself has changed. */
const fewestAgreeing = 3;

export interface NewLevel {
  /** Index of the first run at the new level. */
  readonly from: number;
  /** Index of the last of the agreeing red runs. */
  readonly to: number;
  /** New level relative to the one before (0.3 = 30 % slower), over all endpoints that both have. */
  readonly relativeChange: number;
}

/**
 * Where the last new level began that the default branch went on living with: at least three quarantined runs without a
 * green one between them, nearer to one another than to the runs before. Undefined when there is none.
 *
 * @param records comparable runs, oldest first, quarantined ones included
 */
export function findNewLevel(records: readonly RunRecord[]): NewLevel | undefined {
  for (let to = records.length - 1; to >= 0; to--) {
    if (records[to]?.quarantined === undefined) continue;
    let from = to;
    while (from > 0 && records[from - 1]?.quarantined !== undefined) from--;
    if (to - from + 1 >= fewestAgreeing) {
      const before = records.slice(0, from).filter((record) => record.quarantined === undefined);
      const change = changeOfLevel(before, records.slice(from, to + 1));
      if (change !== undefined) return { from, to, relativeChange: Math.expm1(change) };
    }
    to = from;
  }
  return undefined;
}

/** ln ratio of the red runs' level to the green ones'; undefined where the red runs don't agree with one another. */
function changeOfLevel(green: readonly RunRecord[], red: readonly RunRecord[]): number | undefined {
  if (green.length === 0) return undefined;
  const all = [...green, ...red].map(logLevels);
  const endpoints = commonEndpoints(all);
  if (endpoints.length === 0) return undefined;
  const shifts = endpoints.map((endpoint) => {
    const values = all.map((levels) => (levels.get(endpoint) as LogLevel).p95);
    const [before, after] = [values.slice(0, green.length), values.slice(green.length)];
    return { change: mean(after) - mean(before), spread: Math.max(...after) - Math.min(...after) };
  });
  // The endpoint that moved most tells whether the runs agree; the others may not have moved at all.
  const largest = shifts.reduce((most, shift) => (Math.abs(shift.change) > Math.abs(most.change) ? shift : most));
  if (largest.spread >= Math.abs(largest.change)) return undefined;
  return mean(shifts.map(({ change }) => change));
}
