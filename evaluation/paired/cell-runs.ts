import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One k6 run of an unchanged system, as raw requests; a cell is a system under one workload. */
export interface CellRun {
  readonly cell: string;
  readonly file: string;
  /** Blocks of `blockSeconds` after the ramp: latencies in ms per endpoint. */
  blocks(blockSeconds: number): readonly ReadonlyMap<string, readonly number[]>[];
}

/** Seconds left out at both ends of a run: ramps. */
const rampSeconds = 30;

interface Request {
  readonly second: number;
  readonly endpoint: string;
  readonly latencyMs: number;
}

/** Reads the k6 CSV files (`*.csv.gz`) of all cells in `directory`, one folder per cell. */
export function readCells(directory: string): CellRun[] {
  return readdirSync(directory)
    .filter((cell) => statSync(join(directory, cell)).isDirectory())
    .sort()
    .flatMap((cell) =>
      readdirSync(join(directory, cell))
        .filter((file) => file.endsWith('.csv.gz'))
        .sort()
        .map((file) => readRun(cell, file, join(directory, cell, file))),
    );
}

function readRun(cell: string, file: string, path: string): CellRun {
  const requests = parseRequests(gunzipSync(readFileSync(path)).toString());
  const first = requests.reduce((least, request) => Math.min(least, request.second), Number.POSITIVE_INFINITY);
  const last = requests.reduce((most, request) => Math.max(most, request.second), 0);
  const cut = new Map<number, Map<string, number[]>[]>();
  const blocks = (blockSeconds: number) => {
    const known = cut.get(blockSeconds);
    if (known) return known;
    const count = Math.floor((last - first - 2 * rampSeconds) / blockSeconds);
    const made = Array.from({ length: count }, () => new Map<string, number[]>());
    for (const { second, endpoint, latencyMs } of requests) {
      const block = made[Math.floor((second - first - rampSeconds) / blockSeconds)];
      if (block === undefined) continue;
      const latencies = block.get(endpoint);
      if (latencies) latencies.push(latencyMs);
      else block.set(endpoint, [latencyMs]);
    }
    cut.set(blockSeconds, made);
    return made;
  };
  return { cell, file, blocks };
}

/** Expected responses only. */
function parseRequests(csv: string): Request[] {
  const [header = '', ...lines] = csv.split('\n');
  const columns = header.split(',');
  const at = (name: string) => columns.indexOf(name);
  const [metric, time, value, expected, method, name] = [
    at('metric_name'),
    at('timestamp'),
    at('metric_value'),
    at('expected_response'),
    at('method'),
    at('name'),
  ];
  const requests: Request[] = [];
  for (const line of lines) {
    if (!line.startsWith('http_req_duration,') && metric === 0) continue;
    const fields = line.split(',');
    if (fields[metric ?? 0] !== 'http_req_duration' || fields[expected ?? 0] === 'false') continue;
    const seconds = Number(fields[time ?? 0]);
    requests.push({
      second: Math.floor(seconds > 1e11 ? seconds / 1000 : seconds),
      endpoint: `${fields[method ?? 0]} ${fields[name ?? 0]}`,
      latencyMs: Number(fields[value ?? 0]),
    });
  }
  return requests;
}
