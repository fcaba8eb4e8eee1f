import * as v from 'valibot';
import { GateError } from '../../errors.ts';
import { encodeSketch } from '../sketch/sketch-codec.ts';
import type { EndpointSeries, MetricSeries, RateBlock, RecordedAcceptance, RunRecord } from './run-record.ts';
import { runRecordFromJson } from './run-record-json.ts';
import { labelInFile } from './subject.ts';
import { upgradeRunRecord } from './upgrade-run-record.ts';

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
    exit: sorted(record.exit),
    generator: sorted(record.generator),
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
    .slice(0, mostProblems)
    .map((issue) => `${v.getDotPath(issue) ?? 'record'}: ${shown(issue)}`);
  const more = result.issues.length - problems.length;
  if (more > 0) problems.push(`and ${more} more`);
  throw new GateError(
    'RECORD_INVALID',
    `${source} is a damaged run record: ${problems.join('; ')}`,
    'Delete the file or record the run again; docs/run-record-format.md describes the format.',
  );
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

const mostProblems = 8;

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
  const { endpoint, protocol, method, name, scenario, script, otherHost, outcomes, blocks } = series;
  return {
    endpoint,
    protocol,
    method,
    name,
    ...(scenario !== undefined && { scenario }),
    ...(script !== undefined && { script }),
    ...(otherHost !== undefined && { otherHost }),
    outcomes: sorted(outcomes),
    blocks: {
      index: blocks.map((block) => block.index),
      failedRequests: blocks.map((block) => block.failedRequests),
      latency: blocks.map((block) => encodeSketch(block.latency)),
    },
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
