import * as v from 'valibot';

const number = v.number();
const armSchema = v.object({
  p50Ms: number,
  p95Ms: number,
  p99Ms: number,
  /** From the start of the program to its end. */
  wallS: number,
  k6CpuS: number,
  /** Of the gate's process from start to end; 0 where none ran. */
  tailgateCpuS: number,
});

/** What one block of load showed, latencies by k6's own summary over all requests. */
export type Arm = v.InferOutput<typeof armSchema>;

const rowSchema = v.object({
  code: v.string(),
  /**
   * `reading`: one k6 whose samples Tailgate reads, against one that writes them to nowhere.
   * `sides`: two k6 processes on two shops at once, against one alone; figures of the one.
   */
  comparison: v.picklist(['reading', 'sides']),
  /** From 1. */
  pair: number,
  first: v.picklist(['reference', 'measured']),
  /** Writing to nowhere; one side alone. */
  reference: armSchema,
  /** Tailgate reading; both sides at once. */
  measured: armSchema,
});

/** Two blocks of load in random order: a line of the file of overheads. */
export type OverheadRow = v.InferOutput<typeof rowSchema>;

/** A last line without its end was cut off and is left out. */
export function parseOverheadRows(lines: string): OverheadRow[] {
  return lines
    .slice(0, lines.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(v.pipe(v.string(), v.parseJson(), rowSchema), line));
}

const summarySchema = v.object({
  metrics: v.object({
    http_req_duration: v.object({ 'p(50)': number, 'p(95)': number, 'p(99)': number }),
  }),
});

/** Latencies from the file of k6's `--summary-export`. */
export function parseSummary(json: string): Pick<Arm, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  const { metrics } = v.parse(v.pipe(v.string(), v.parseJson(), summarySchema), json);
  const latency = metrics.http_req_duration;
  return { p50Ms: latency['p(50)'], p95Ms: latency['p(95)'], p99Ms: latency['p(99)'] };
}
