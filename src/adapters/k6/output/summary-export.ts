import { readFile, stat } from 'node:fs/promises';
import * as v from 'valibot';

/** Names are the user's own, so maps are read by their entries: `v.record` leaves out names such as `constructor`. */
const entriesOf = v.pipe(
  v.custom<Record<string, unknown>>((input) => typeof input === 'object' && input !== null && !Array.isArray(input)),
  v.transform((map) => Object.entries(map)),
);

const summarySchema = v.object({
  metrics: v.pipe(entriesOf, v.array(v.tuple([v.string(), v.looseObject({ thresholds: v.optional(entriesOf, {}) })]))),
});

/** Thresholds of the script as `metric: expression`. */
export interface SummaryThresholds {
  readonly crossed: readonly string[];
  readonly held: readonly string[];
}

/**
 * What became of the thresholds, from the file of `--summary-export`, in which **true means
 * crossed**. Undefined when k6 wrote no such file since `sinceMs` (the summary is disabled) or another form of it.
 */
export async function readThresholds(path: string, sinceMs: number): Promise<SummaryThresholds | undefined> {
  const written = await stat(path).catch(() => undefined);
  // A file of an earlier run may lie there; the clocks of some file systems are coarse.
  if (written === undefined || written.mtimeMs < sinceMs - 2_000) return undefined;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const summary = v.safeParse(v.pipe(v.string(), v.parseJson(), summarySchema), text);
  if (!summary.success) return undefined;
  const named = (meant: boolean) =>
    summary.output.metrics.flatMap(([metric, { thresholds }]) =>
      thresholds.filter(([, isCrossed]) => isCrossed === meant).map(([expression]) => `${metric}: ${expression}`),
    );
  return { crossed: named(true), held: named(false) };
}

/** What k6 exits with when thresholds were crossed. */
const thresholdsCrossed = 99;

/** The crossed thresholds by the fuller of the two sources; never empty when k6 says by its exit code that there are any. */
export function namedThresholds(
  exitCode: number | undefined,
  inSummary: readonly string[] | undefined,
  inLog: readonly string[],
): readonly string[] {
  if (inSummary !== undefined && inSummary.length > 0) return inSummary;
  if (exitCode !== thresholdsCrossed) return inSummary ?? inLog;
  return inLog.length > 0 ? inLog : ['unknown (k6 ended with exit code 99)'];
}

/**
 * Parts the crossed thresholds of a run that we ended early: a lower bound on a count (`http_reqs: count>1000`) could not
 * be reached by then, which says nothing about the target.
 */
export function judgeableThresholds(crossed: readonly string[]): {
  readonly kept: readonly string[];
  readonly leftOut: readonly string[];
} {
  const isLowerCount = (name: string) => /: *count *>/.test(name);
  return { kept: crossed.filter((name) => !isLowerCount(name)), leftOut: crossed.filter(isLowerCount) };
}
