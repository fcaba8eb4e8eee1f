import { readFile, stat } from 'node:fs/promises';
import * as v from 'valibot';

const summarySchema = v.object({
  metrics: v.record(v.string(), v.looseObject({ thresholds: v.optional(v.record(v.string(), v.boolean())) })),
});

/**
 * Thresholds that were crossed, as `metric: expression`, from the file of `--summary-export`, in which **true means
 * crossed**. Undefined when k6 wrote no such file since `sinceMs` (the summary is disabled) or another form of it.
 */
export async function readCrossedThresholds(path: string, sinceMs: number): Promise<readonly string[] | undefined> {
  const written = await stat(path).catch(() => undefined);
  // A file of an earlier run may lie there; the clocks of some file systems are coarse.
  if (written === undefined || written.mtimeMs < sinceMs - 2_000) return undefined;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const summary = v.safeParse(v.pipe(v.string(), v.parseJson(), summarySchema), text);
  if (!summary.success) return undefined;
  return Object.entries(summary.output.metrics).flatMap(([metric, { thresholds }]) =>
    Object.entries(thresholds ?? {})
      .filter(([, isCrossed]) => isCrossed)
      .map(([expression]) => `${metric}: ${expression}`),
  );
}
