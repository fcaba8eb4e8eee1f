import * as v from 'valibot';
import { defined } from '../../defined.ts';
import { GateError } from '../../errors.ts';
import { pageOf } from '../../version.ts';
import { decodeSketch, encodeSketch } from '../sketch/sketch-codec.ts';
import { withPlainNames } from './endpoint-identity.ts';
import type { InspectionSummary, Quantities } from './inspection-summary.ts';
import type { EndpointSeries, MetricSeries, RateBlock, RecordedAcceptance, RunRecord } from './run-record.ts';
import { labelInFile, subjectOfLabel } from './subject.ts';

const currentSchema = 'tailgate.run/2';

/** The record as one line of JSON; equal records give equal text, whatever the order of their keys. */
export function encodeRunRecord(record: RunRecord): string {
  const { schema, id, startedAt, durationMs, warmUpMs, blockLengthMs, iterations, droppedIterations } = record;
  return JSON.stringify({
    schema,
    id,
    startedAt,
    durationMs,
    warmUpMs,
    blockLengthMs,
    ...(record.loadModel !== undefined && { loadModel: record.loadModel }),
    fingerprint: { hard: sorted(record.fingerprint.hard), soft: sorted(record.fingerprint.soft) },
    provenance: sorted(record.provenance),
    ...(record.requestsOutsideBlocks && { requestsOutsideBlocks: sorted(record.requestsOutsideBlocks) }),
    iterations,
    droppedIterations,
    ...(record.bytesReceived !== undefined && { bytesReceived: record.bytesReceived }),
    exit: sorted(record.exit),
    generator: sorted(record.generator),
    ...(record.inspection && { inspection: inspectionToJson(record.inspection) }),
    ...(record.quarantined && { quarantined: record.quarantined }),
    ...(record.accepted && { accepted: acceptedToJson(record.accepted) }),
    warnings: record.warnings,
    endpoints: record.endpoints.map(endpointToJson),
    checks: record.checks.map(({ check, blocks }) => ({ check, blocks: rateBlocksToJson(blocks) })),
    metrics: record.metrics.map(metricToJson),
  });
}

/**
 * Reads what `encodeRunRecord` wrote, of this or an older version. `source` names the text in messages.
 * Throws `GateError` RECORD_INVALID (with every problem found) or RECORD_FROM_THE_FUTURE.
 */
export function decodeRunRecord(text: string, source: string): RunRecord {
  const json = upgradeRunRecord(parseJson(text, source), source);
  const result = v.safeParse(runRecordFromJson, json);
  if (result.success) return result.output;
  const problems = result.issues
    .slice(0, maxProblems)
    .map((issue) => `${v.getDotPath(issue) ?? 'record'}: ${shown(issue)}`);
  const more = result.issues.length - problems.length;
  if (more > 0) problems.push(`and ${more} more`);
  throw new GateError(
    'RECORD_INVALID',
    `${source} is a damaged run record: ${problems.join('; ')}`,
    `Delete the file or record the run again; the format: ${pageOf('docs/run-record-format.md')}`,
  );
}

/** Four digits say all that means of some answers can. */
function inspectionToJson({ endpoints, whole, blockers }: InspectionSummary) {
  return {
    endpoints: endpoints.map(({ endpoint: label, n, means }) => ({ endpoint: label, n, means: rounded(means) })),
    whole: rounded(whole),
    blockers: blockers.map(({ endpoint: label, waitMs, n }) => ({ endpoint: label, waitMs: roundOne(waitMs), n })),
  };
}

function rounded(quantities: Quantities): Quantities {
  const entries = Object.entries(quantities).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, roundOne(value)]),
  );
}

function roundOne(value: number): number {
  return Number(value.toPrecision(4));
}

/** The format knows subjects by their labels. */
function acceptedToJson({ figures, ...accepted }: RecordedAcceptance) {
  return {
    ...accepted,
    figures: figures.map(({ subject, metric, relativeChange }) => ({
      endpoint: labelInFile(subject),
      metric,
      relativeChange,
    })),
  };
}

const maxProblems = 8;

function shown(issue: v.BaseIssue<unknown>): string {
  return issue.received.length > 80
    ? issue.message.replace(issue.received, `${issue.received.slice(0, 80)}…`)
    : issue.message;
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const start = JSON.stringify(text.slice(0, 40));
    const [state, hint] = text.trimStart().startsWith('{')
      ? [
          `is cut short or damaged after ${text.length} characters (${(cause as Error).message})`,
          'Delete the file or record the run again.',
        ]
      : [`isn't JSON: it begins with ${start}`, 'Give a run record, or raw k6 output to `tailgate import`.'];
    throw new GateError('RECORD_INVALID', `${source} ${state}`, hint, cause);
  }
}

function endpointToJson(series: EndpointSeries): object {
  const { endpoint, protocol, method, name, scenario, script, host, otherHost, outcomes, blocks, usualAnswers } =
    series;
  return {
    endpoint,
    protocol,
    method,
    name,
    ...defined({ scenario, script, host, otherHost }),
    outcomes: sorted(outcomes),
    blocks: {
      index: blocks.map((block) => block.index),
      failedRequests: blocks.map((block) => block.failedRequests),
      latency: blocks.map((block) => encodeSketch(block.latency)),
    },
    ...(usualAnswers && {
      usualAnswers: {
        status: usualAnswers.status,
        index: usualAnswers.blocks.map((block) => block.index),
        latency: usualAnswers.blocks.map((block) => encodeSketch(block.latency)),
      },
    }),
  };
}

function metricToJson(series: MetricSeries): object {
  const { metric, kind } = series;
  if (kind === 'rate') return { metric, kind, blocks: rateBlocksToJson(series.blocks) };
  const { unit, blocks } = series;
  const values = blocks.map((block) => encodeSketch(block.values));
  return { metric, kind, unit, blocks: { index: blocks.map((block) => block.index), values } };
}

function rateBlocksToJson(blocks: readonly RateBlock[]): object {
  return {
    index: blocks.map((block) => block.index),
    total: blocks.map((block) => block.total),
    failed: blocks.map((block) => block.failed),
  };
}

/** `value` with the keys of every object in alphabetical order and undefined ones left out. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

/**
 * The JSON form of a run record, described for readers in `docs/run-record-format.md` and, for other programs, in
 * `schemas/tailgate.run.2.schema.json`. Blocks are columns of equal length: half a million blocks must parse quickly.
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

const usualAnswers = v.pipe(
  v.object({ status: v.string(), index: ascending, latency: sketches }),
  v.check((answers) => answers.latency.length === answers.index.length, 'Expected columns of equal length'),
  v.transform(({ status, index, latency }) => ({
    status,
    blocks: index.map((block, i) => ({ index: block, latency: latency[i] as (typeof latency)[number] })),
  })),
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
  host: v.exactOptional(v.string()),
  otherHost: v.exactOptional(v.string()),
  outcomes: v.record(v.string(), count),
  blocks: latencyBlocks,
  usualAnswers: v.exactOptional(usualAnswers),
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
  otherThresholds: v.exactOptional(v.array(v.string())),
  thrownIterations: count,
  message: v.exactOptional(v.string()),
});

const generator = v.object({
  peakCpuShare: v.exactOptional(nonNegative),
  startLatenessMs: v.exactOptional(nonNegative),
  readerLagMs: v.exactOptional(nonNegative),
});

const quantities = v.record(v.string(), v.pipe(v.number(), v.finite()));

/** Turns parsed JSON of the current version into a `RunRecord`, reporting every problem. */
const runRecordFromJson = v.object({
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
  bytesReceived: v.exactOptional(nonNegative),
  exit,
  generator,
  inspection: v.exactOptional(
    v.object({
      endpoints: v.array(v.object({ endpoint: v.string(), n: count, means: quantities })),
      whole: quantities,
      blockers: v.array(v.object({ endpoint: v.string(), waitMs: v.pipe(v.number(), v.finite()), n: count })),
    }),
  ),
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
    v.transform((list): EndpointSeries[] => withPlainNames(list)),
  ),
  checks: v.array(v.object({ check: v.string(), blocks: rateBlocks })),
  metrics: v.array(metric),
});

/**
 * The JSON of a run record of any known version, brought to the current one.
 * Throws `GateError` RECORD_INVALID when it isn't a run record, RECORD_FROM_THE_FUTURE when a newer Tailgate wrote it.
 */
function upgradeRunRecord(json: unknown, source: string): object {
  const version = versionOf(json, source);
  const current = Number(currentSchema.split('/')[1]);
  if (version > current) {
    throw new GateError(
      'RECORD_FROM_THE_FUTURE',
      `${source} was written by a newer Tailgate: its schema is "tailgate.run/${version}", this one reads up to "${currentSchema}"`,
      'Use the same or a newer Tailgate for reading as for recording.',
    );
  }
  // Version 2 added `inspection`, of which older runs have none.
  return { ...withLoadModel(json as JsonObject), schema: currentSchema };
}

type JsonObject = { readonly [key: string]: unknown };

/** The first records of version 1 told the model of their load only by its text: `browse: constant-arrival-rate 50/1s for 1m`. */
function withLoadModel(json: JsonObject): object {
  const { fingerprint } = json as { readonly fingerprint?: { readonly hard?: { readonly load?: unknown } } };
  const load = fingerprint?.hard?.load;
  if ('loadModel' in json || typeof load !== 'string') return json;
  const isOpen = load.split(/;\s|\}\s|\n/).every((scenario) => scenario.includes('arrival-rate'));
  return { ...json, loadModel: isOpen ? 'open' : 'closed' };
}

function versionOf(json: unknown, source: string): number {
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  const version = typeof schema === 'string' ? /^tailgate\.run\/([1-9]\d{0,8})$/u.exec(schema)?.[1] : undefined;
  if (version !== undefined) return Number(version);
  if (typeof schema === 'string' && schema.startsWith('tailgate.report/')) {
    throw new GateError(
      'RECORD_INVALID',
      `${source} is a report, not a run record`,
      'Give the run-record.json beside it, which holds what was measured.',
    );
  }
  throw new GateError(
    'RECORD_INVALID',
    `${source} isn't a run record: its schema is ${JSON.stringify(schema) ?? 'missing'}, expected "${currentSchema}"`,
    'Give a file that `tailgate record`, `tailgate run` or `tailgate import` wrote.',
  );
}
