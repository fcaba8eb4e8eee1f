import type { RunRecord } from '../../run-record/run-record.ts';
import { LatencySketch } from '../../sketch/latency-sketch.ts';

/** All latencies of each endpoint of one run. */
export type EndpointSketches = ReadonlyMap<string, LatencySketch>;

export function endpointSketches(record: RunRecord): EndpointSketches {
  return new Map(
    record.endpoints.map((series) => [
      series.endpoint,
      LatencySketch.merged(series.blocks.map((block) => block.latency)),
    ]),
  );
}
