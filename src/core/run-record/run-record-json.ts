import * as v from 'valibot';
import { decodeSketch } from '../sketch/sketch-codec.ts';
import { subjectOfLabel } from './subject.ts';
import { currentSchema } from './upgrade-run-record.ts';

/**
 * The JSON form of a run record, described for readers in `docs/run-record-format.md` and, for other programs, in
 * `schemas/tailgate.run.1.schema.json`. Blocks are columns of equal length: half a million blocks must parse quickly.
 * Unknown keys are ignored, so that a later Tailgate may add facts without a new version.
 */
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));

/** Whole numbers >= 0; one quick loop, because there may be thousands. */
const counts = v.custom<number[]>(
  (input) => Array.isArray(input) && input.every((item) => Number.isSafeInteger(item) && item >= 0),
  'Expected an array of whole numbers of at least 0',
);
const ascending = v.pipe(
  counts,
  v.check(
    (indexes) => indexes.every((index, i) => i === 0 || index > (indexes[i - 1] as number)),
    'Expected ascending block indexes',
  ),
);

const sketches = v.pipe(
  v.custom<string[]>(
    (input) => Array.isArray(input) && input.every((item) => typeof item === 'string'),
    'Expected an array of encoded sketches',
  ),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return dataset.value.map(decodeSketch);
    } catch (cause) {
      addIssue({ message: (cause as Error).message });
      return NEVER;
    }
  }),
);

const latencyBlocks = v.pipe(
  v.object({ index: ascending, failedRequests: counts, latency: sketches }),
  v.check(
    (b) => b.failedRequests.length === b.index.length && b.latency.length === b.index.length,
    'Expected columns of equal length',
  ),
  v.transform((b) =>
    b.index.map((index, i) => ({
      index,
      latency: b.latency[i] as (typeof b.latency)[number],
      failedRequests: b.failedRequests[i] as number,
    })),
  ),
);

const rateBlocks = v.pipe(
  v.object({ index: ascending, total: counts, failed: counts }),
  v.check(
    (b) => b.total.length === b.index.length && b.failed.length === b.index.length,
    'Expected columns of equal length',
  ),
  v.check(
    (b) => b.failed.every((failed, i) => failed <= (b.total[i] as number)),
    'Expected no more failures than observations',
  ),
  v.transform((b) =>
    b.index.map((index, i) => ({ index, total: b.total[i] as number, failed: b.failed[i] as number })),
  ),
);

const valueBlocks = v.pipe(
  v.object({ index: ascending, values: sketches }),
  v.check((b) => b.values.length === b.index.length, 'Expected columns of equal length'),
  v.transform((b) => b.index.map((index, i) => ({ index, values: b.values[i] as (typeof b.values)[number] }))),
);

const endpoint = v.object({
  endpoint: v.string(),
  protocol: v.picklist(['http', 'grpc']),
  method: v.string(),
  name: v.string(),
  scenario: v.exactOptional(v.string()),
  script: v.exactOptional(v.string()),
  otherHost: v.exactOptional(v.string()),
  outcomes: v.record(v.string(), count),
  blocks: latencyBlocks,
});

const metric = v.variant('kind', [
  v.object({ metric: v.string(), kind: v.literal('trend'), unit: v.picklist(['ms', '']), blocks: valueBlocks }),
  v.object({ metric: v.string(), kind: v.literal('rate'), blocks: rateBlocks }),
]);

const fingerprint = v.object({
  hard: v.object({
    name: v.exactOptional(v.string()),
    environment: v.exactOptional(v.string()),
    load: v.exactOptional(v.string()),
    outputMode: v.exactOptional(v.string()),
    k6Major: v.exactOptional(v.string()),
  }),
  soft: v.object({
    k6Version: v.exactOptional(v.string()),
    scriptHash: v.exactOptional(v.string()),
    cpu: v.exactOptional(v.string()),
    cores: v.exactOptional(v.string()),
    image: v.exactOptional(v.string()),
    region: v.exactOptional(v.string()),
  }),
});

const provenance = v.object({
  commit: v.exactOptional(v.string()),
  branch: v.exactOptional(v.string()),
  tree: v.exactOptional(v.string()),
  workflowRun: v.exactOptional(v.object({ id: v.string(), attempt: count, url: v.exactOptional(v.string()) })),
  deployment: v.exactOptional(v.string()),
  machine: v.exactOptional(v.string()),
  pair: v.exactOptional(
    v.object({
      id: v.string(),
      side: v.picklist(['baseline', 'candidate']),
      order: count,
      isEqualCode: v.exactOptional(v.literal(true)),
    }),
  ),
  source: v.exactOptional(v.string()),
});

const exit = v.object({
  class: v.picklist(['ran', 'aborted', 'could-not-run']),
  code: v.exactOptional(v.pipe(v.number(), v.safeInteger())),
  signal: v.exactOptional(v.string()),
  crossedThresholds: v.array(v.string()),
  thrownIterations: count,
  message: v.exactOptional(v.string()),
});

const generator = v.object({
  peakCpuShare: v.exactOptional(nonNegative),
  startLatenessMs: v.exactOptional(nonNegative),
  readerLagMs: v.exactOptional(nonNegative),
});

/** Turns parsed JSON of the current version into a `RunRecord`, reporting every problem. */
export const runRecordFromJson = v.object({
  schema: v.literal(currentSchema),
  id: v.pipe(v.string(), v.nonEmpty()),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  durationMs: nonNegative,
  warmUpMs: nonNegative,
  blockLengthMs: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  loadModel: v.exactOptional(v.picklist(['open', 'closed'])),
  fingerprint,
  provenance,
  requestsOutsideBlocks: v.exactOptional(v.object({ warmUp: count, setupAndTeardown: count })),
  iterations: count,
  droppedIterations: count,
  exit,
  generator,
  quarantined: v.exactOptional(v.object({ reason: v.string() })),
  accepted: v.exactOptional(
    v.object({
      by: v.string(),
      reason: v.string(),
      until: v.pipe(v.string(), v.isoDate()),
      pullRequest: count,
      figures: v.array(
        v.pipe(
          v.object({ endpoint: v.string(), metric: v.string(), relativeChange: v.pipe(v.number(), v.finite()) }),
          v.transform(({ endpoint: label, metric: name, relativeChange }) => ({
            subject: subjectOfLabel(label, name),
            metric: name,
            relativeChange,
          })),
        ),
      ),
    }),
  ),
  warnings: v.array(v.string()),
  endpoints: v.pipe(
    v.array(endpoint),
    v.check((list) => new Set(list.map((e) => e.endpoint)).size === list.length, 'Expected each endpoint once'),
  ),
  checks: v.array(v.object({ check: v.string(), blocks: rateBlocks })),
  metrics: v.array(metric),
});
