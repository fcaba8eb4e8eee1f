import { runStartMs } from './some-samples.ts';

/** One request as a k6 process would tell of it. */
export interface ToldRequest {
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly tags: Readonly<Record<string, unknown>>;
}

/** Requests at a steady rate, whose durations go up and down between 40 and 79.75 ms. */
export function steadyRequests(
  load: {
    readonly startMs?: number;
    readonly seconds?: number;
    readonly perSecond?: number;
    readonly tags?: (index: number) => Readonly<Record<string, unknown>>;
    readonly slowdown?: (index: number) => number;
  } = {},
): ToldRequest[] {
  const { startMs = runStartMs, seconds = 60, perSecond = 10, tags, slowdown = () => 1 } = load;
  return Array.from({ length: seconds * perSecond }, (_, index) => {
    const durationMs = (40 + ((index * 37) % 160) / 4) * slowdown(index);
    const endedAtMs = startMs + (index * 1000) / perSecond + durationMs;
    return { endedAtMs, durationMs, tags: { ...usualTags, ...tags?.(index) } };
  });
}

const usualTags = {
  expected_response: 'true',
  group: '',
  method: 'GET',
  name: 'http://shop.example/items',
  scenario: 'default',
  status: '200',
  url: 'http://shop.example/items',
} as const;

/** What `--out json` begins with: each metric is declared once. */
export const declarations: readonly string[] = (
  [
    ['http_reqs', 'counter', 'default'],
    ['http_req_duration', 'trend', 'time'],
    ['http_req_failed', 'rate', 'default'],
    ['iterations', 'counter', 'default'],
  ] as const
).map(([name, type, contains]) => JSON.stringify({ type: 'Metric', data: { name, type, contains }, metric: name }));

/** A point as k6 writes it. */
export function pointLine(metric: string, atMs: number, value: number | string, tags: object): string {
  const time = new Date(Math.floor(atMs)).toISOString().replace('Z', `${nanoseconds(atMs)}Z`);
  return `{"metric":"${metric}","type":"Point","data":{"time":"${time}","value":${value},"tags":${JSON.stringify(tags)}}}`;
}

function nanoseconds(ms: number): string {
  return String(Math.floor((ms - Math.floor(ms)) * 1e6)).padStart(6, '0');
}

export function pointLines({ endedAtMs, durationMs, tags }: ToldRequest): string[] {
  return [
    pointLine('http_reqs', endedAtMs, 1, tags),
    pointLine('http_req_duration', endedAtMs, durationMs, tags),
    pointLine('http_req_failed', endedAtMs, 0, tags),
    pointLine('iterations', endedAtMs, 1, { group: '', scenario: 'default' }),
  ];
}

/** The file that `--out json` makes of the requests of one process. */
export function jsonFile(requests: readonly ToldRequest[]): string {
  return `${[...declarations, ...requests.flatMap(pointLines)].join('\n')}\n`;
}

const columns = ['check', 'error', 'error_code', 'expected_response', 'group', 'method', 'name', 'scenario', 'status'];

/** The file that `--out csv` makes of them, whole seconds and all. */
export function csvFile(requests: readonly ToldRequest[]): string {
  const header = ['metric_name', 'timestamp', 'metric_value', ...columns, 'extra_tags', 'metadata'].join(',');
  const row = (metric: string, atMs: number, value: number, tags: ToldRequest['tags']) =>
    [metric, Math.floor(atMs / 1000), value.toFixed(6), ...columns.map((name) => tags[name] ?? ''), '', ''].join(',');
  const rows = requests.flatMap(({ endedAtMs, durationMs, tags }) => [
    row('http_reqs', endedAtMs, 1, tags),
    row('http_req_duration', endedAtMs, durationMs, tags),
    row('http_req_failed', endedAtMs, 0, tags),
    row('iterations', endedAtMs, 1, { scenario: 'default' }),
  ]);
  return `${[header, ...rows].join('\n')}\n`;
}
