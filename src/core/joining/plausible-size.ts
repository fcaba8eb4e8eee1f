import type { RunRecord } from '../run-record/run-record.ts';

/** Far more than any run has: 201 endpoints are kept of a script, names are cut at about 210 characters. */
const most = { series: 4000, nameLength: 1000, blockIndex: 100_000, texts: 1000 } as const;

/**
 * What of `record` is larger than a run can be, as a clause; undefined where nothing is. Judging takes time and memory by
 * these, so a record from elsewhere must not choose them freely.
 */
export function oversizeOf({ endpoints, checks, metrics, warnings, exit }: RunRecord): string | undefined {
  const names = [
    ...endpoints.map(({ endpoint }) => endpoint),
    ...checks.map(({ check }) => check),
    ...metrics.map(({ metric }) => metric),
  ];
  if (names.length > most.series) return `${names.length} endpoints, checks and metrics`;
  const longest = Math.max(0, ...names.map((name) => name.length));
  if (longest > most.nameLength) return `a name of ${longest} characters`;
  const series: readonly { readonly blocks: readonly { readonly index: number }[] }[] = [
    ...endpoints,
    ...checks,
    ...metrics,
  ];
  const last = Math.max(0, ...series.map(({ blocks }) => blocks.at(-1)?.index ?? 0));
  if (last > most.blockIndex) return `a time block number ${last}`;
  const texts = warnings.length + exit.crossedThresholds.length;
  return texts > most.texts ? `${texts} warnings and thresholds` : undefined;
}
