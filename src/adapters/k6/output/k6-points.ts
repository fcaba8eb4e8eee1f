import { isUrlName, methodOf, unknownMethod } from '../../../core/run-record/endpoint-name.ts';
import type { RequestSample, Sample } from '../../../core/run-record/sample.ts';

/** What a point of a k6 metric means to us. `unknown`: a custom metric whose type the file doesn't tell. */
export type MetricKind =
  | 'http-request'
  | 'grpc-request'
  | 'http-failed'
  | 'check'
  | 'iterations'
  | 'dropped-iterations'
  | 'data-received'
  | 'iteration-duration'
  | 'trend-ms'
  | 'trend'
  | 'rate'
  | 'heartbeat'
  | 'skipped'
  | 'unknown';

/** The metrics that k6 itself writes; `http_req_*` phases, counters and gauges are no series of ours. */
const builtIn: ReadonlyMap<string, MetricKind> = new Map([
  ['http_req_duration', 'http-request'],
  ['grpc_req_duration', 'grpc-request'],
  ['http_req_failed', 'http-failed'],
  ['checks', 'check'],
  ['iterations', 'iterations'],
  ['dropped_iterations', 'dropped-iterations'],
  ['data_received', 'data-received'],
  ['iteration_duration', 'iteration-duration'],
  ['vus', 'heartbeat'],
  ['ws_connecting', 'trend-ms'],
  ['ws_ping', 'trend-ms'],
  ['ws_session_duration', 'trend-ms'],
  ['browser_web_vital_cls', 'trend'],
  ['browser_web_vital_fcp', 'trend-ms'],
  ['browser_web_vital_fid', 'trend-ms'],
  ['browser_web_vital_inp', 'trend-ms'],
  ['browser_web_vital_lcp', 'trend-ms'],
  ['browser_web_vital_ttfb', 'trend-ms'],
  ['browser_http_req_duration', 'trend-ms'],
  ['browser_http_req_failed', 'rate'],
  ...[
    'http_reqs',
    'http_req_blocked',
    'http_req_connecting',
    'http_req_tls_handshaking',
    'http_req_sending',
    'http_req_waiting',
    'http_req_receiving',
    'group_duration',
    'data_sent',
    'vus_max',
    'ws_sessions',
    'ws_msgs_sent',
    'ws_msgs_received',
    'browser_data_sent',
    'browser_data_received',
    'grpc_streams',
    'grpc_streams_msgs_sent',
    'grpc_streams_msgs_received',
  ].map((metric) => [metric, 'skipped'] as const),
]);

export const builtInMetrics: readonly string[] = [...builtIn.keys()];

/** Phases of a request that `http_req_duration` leaves out, or is the sum of: read only where the configuration lists them. */
const phases: ReadonlySet<string> = new Set([
  'http_req_blocked',
  'http_req_connecting',
  'http_req_tls_handshaking',
  'http_req_sending',
  'http_req_waiting',
  'http_req_receiving',
]);

/** What a metric of k6's own means where the configuration lists the metrics of `units`. */
export function builtInKind(metric: string, { metricUnits }: K6ReadOptions): MetricKind {
  return phases.has(metric) && metricUnits?.has(metric) === true ? 'trend-ms' : metricKind(metric);
}

/**
 * What a metric means. `type` and `contains` are what k6's JSON says of it (`trend`, `time`); CSV doesn't say, so that
 * custom metrics are `unknown` there.
 */
export function metricKind(metric: string, type?: string, contains?: string): MetricKind {
  const known = builtIn.get(metric);
  if (known !== undefined) return known;
  if (type === undefined) return 'unknown';
  if (type === 'trend') return contains === 'time' ? 'trend-ms' : 'trend';
  return type === 'rate' ? 'rate' : 'skipped';
}

/** Tags of a point as k6 writes them. */
export type K6Tags = Readonly<Record<string, string | undefined>>;

/** Tags put into the form of samples, once per distinct set of tags. */
export interface K6Labels {
  readonly tags: K6Tags;
  /** Undefined when the tags don't tell; the `http_req_failed` of the same request does then. */
  readonly isExpected: boolean | undefined;
  /** Requests of setup() and teardown() carry their group and no scenario. */
  readonly isOutsideLoad: boolean;
  /** What the duration of whole iterations is called: k6's own notation for the part of a metric that has one tag. */
  readonly iterationDuration: string;
  readonly http: RequestLabels;
  readonly grpc: RequestLabels;
  /** Of the tags that tell one request from another those that are absent. */
  readonly missing: readonly string[];
}

type RequestLabels = Omit<RequestSample, 'endedAtMs' | 'durationMs' | 'isExpected'>;

export interface K6ReadOptions {
  /** Script that made the load, where a run has several. */
  readonly script?: string;
  /** Tag whose value takes the place of the request's name, or `?` and a query parameter that a URL keeps in it. */
  readonly groupBy?: string;
  /** Units of custom metrics by name, as the configuration has them: they tell the type where the output doesn't. */
  readonly metricUnits?: ReadonlyMap<string, string>;
}

/** How many metrics of unknown type are named at most. */
const maxNamedMetrics = 20;

/** The custom metrics whose type the output doesn't tell: read where the configuration gives a unit, else named. */
export class UntypedMetrics {
  readonly #units: ReadonlyMap<string, string>;
  readonly #leftOut = new Set<string>();

  constructor({ metricUnits = new Map() }: K6ReadOptions) {
    this.#units = metricUnits;
  }

  kindOf(metric: string): MetricKind {
    const unit = this.#units.get(metric) ?? '';
    if (unit === 'ms') return 'trend-ms';
    if (unit === 'fraction') return 'rate';
    if (unit !== '') return 'trend';
    if (this.#leftOut.size < maxNamedMetrics) this.#leftOut.add(metric.slice(0, 60));
    return 'skipped';
  }

  /** `CSV doesn't tell …`: one sentence that begins with `source`; none where all was told. */
  warnings(source: string): string[] {
    const names = [...this.#leftOut].sort();
    if (names.length === 0) return [];
    return [
      `${source} doesn't tell the type of custom metrics, so these are left out: ${names.join(', ')} (a unit under \`metrics\` in .tailgate.yml tells it: \`ms\`, \`fraction\` of a Rate, or your own)`,
    ];
  }
}

/**
 * Tags as texts. k6 writes nothing else; whoever went over its lines with a script of their own left numbers, booleans and
 * null, which is no tag.
 */
export function tagsOf(tags: Readonly<Record<string, unknown>>): K6Tags {
  const values = Object.values(tags);
  if (values.every((value) => typeof value === 'string')) return tags as K6Tags;
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, value]) => {
      if (value === null || value === undefined) return [];
      return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
    }),
  );
}

/** Who is told of what was read. */
export interface K6Listeners {
  readonly onSample: (sample: Sample) => void;
  /** Told each time k6 says how many virtual users it has, once a second as long as it runs. */
  readonly onHeartbeat?: (atMs: number) => void;
}

/** What the tags of a point say; worth keeping per distinct set of tags, since points of one request repeat them. */
export function labelsOf(tags: K6Tags, options: K6ReadOptions): K6Labels {
  const group = tags['group'] ?? '';
  return {
    tags,
    isExpected: expectedByTag(tags),
    iterationDuration: `iteration_duration${tags['scenario'] === undefined ? '' : `{scenario:${tags['scenario']}}`}`,
    isOutsideLoad: tags['scenario'] === undefined && /^::(?:setup|teardown)(?:::|$)/u.test(group),
    http: requestLabels('http', tags, options),
    grpc: requestLabels('grpc', tags, options),
    missing: missingTags(tags),
  };
}

/** Either of `name` and `url` is enough. */
function missingTags(tags: K6Tags): string[] {
  const isNamed = tags['name'] !== undefined || tags['url'] !== undefined;
  const hasMethod = tags['method'] !== undefined || methodOf(tags['name'] ?? '', unknownMethod) !== unknownMethod;
  return [...(isNamed ? [] : ['name']), ...(hasMethod ? [] : ['method'])];
}

function expectedByTag(tags: K6Tags): boolean | undefined {
  const tag = tags['expected_response'];
  return tag === 'true' ? true : tag === 'false' ? false : undefined;
}

function requestLabels(protocol: 'http' | 'grpc', tags: K6Tags, options: K6ReadOptions): RequestLabels {
  const name = tags['name'] ?? tags['url'] ?? groupName(tags);
  const { groupBy } = options;
  // What is in no group has it empty in JSON, and not at all in CSV.
  const group = groupBy !== undefined && Object.hasOwn(tags, groupBy) ? tags[groupBy] || undefined : undefined;
  const query =
    groupBy?.startsWith('?') === true ? queryParameter(groupBy.slice(1), [tags['name'], tags['url']]) : undefined;
  return {
    kind: 'request',
    protocol,
    method: protocol === 'grpc' ? 'GRPC' : (tags['method'] ?? methodOf(name, unknownMethod)),
    name,
    isNamed: !isUrlName(name),
    ...(tags['scenario'] !== undefined && { scenario: tags['scenario'] }),
    ...(options.script !== undefined && { script: options.script }),
    ...(group !== undefined && { group }),
    ...(query !== undefined && { query }),
    status: tags['status'] ?? '',
    ...(tags['error_code'] !== undefined && { errorCode: tags['error_code'] }),
  };
}

/** `checkout::pay` for requests that carry neither name nor URL, as far as they are in a group. */
function groupName(tags: K6Tags): string {
  const group = (tags['group'] ?? '').replace(/^::/u, '');
  return group === '' ? '(no name)' : group;
}

/** `key=value` in the first of `urls` that tells it; k6's `http.url` leaves a placeholder in the name. */
export function queryParameter(key: string, urls: readonly (string | undefined)[]): string | undefined {
  const found = urls.flatMap((url) => {
    const [, query = ''] = url?.split('#', 1)[0]?.split(/\?(.*)/su) ?? [];
    return query.split('&').filter((pair) => pair === key || pair.startsWith(`${key}=`));
  });
  return found.find((pair) => !/\$\{\}/u.test(pair)) ?? found[0];
}

/** What k6 would say with its default response callback: 200 to 399 is expected, for gRPC only OK. */
function expectedByStatus(request: RequestLabels): boolean {
  const { protocol, status, errorCode } = request;
  if (protocol === 'grpc') return status === '0' || status === '';
  const code = Number(status);
  return errorCode === undefined && (status === '' || (code >= 200 && code <= 399));
}

interface Grouping {
  readonly by: string;
  isFound: boolean;
  readonly otherTags: Set<string>;
}

/** Turns points, in the order in which k6 wrote them, into samples and counts. */
export class K6Points {
  readonly #onSample: (sample: Sample) => void;
  readonly #onHeartbeat: ((atMs: number) => void) | undefined;
  readonly #grouping: Grouping | undefined;
  readonly #missing = new Set<string>();
  #undecided: { readonly labels: K6Labels; readonly endedAtMs: number; readonly durationMs: number } | undefined;
  /** Requests outside setup() and teardown(). */
  requests = 0;
  setupAndTeardownRequests = 0;
  iterations = 0;
  droppedIterations = 0;
  /** Over all requests of the load, headers included; k6 tells them per iteration, not per request. */
  bytesReceived = 0;
  /** Unix ms of the newest point seen; `-Infinity` before the first. */
  newestMs = Number.NEGATIVE_INFINITY;

  constructor({ onSample, onHeartbeat, groupBy }: K6ReadOptions & K6Listeners) {
    this.#onSample = onSample;
    this.#onHeartbeat = onHeartbeat;
    this.#grouping = groupBy === undefined ? undefined : { by: groupBy, isFound: false, otherTags: new Set() };
  }

  add(kind: MetricKind, metric: string, atMs: number, value: number, labels: K6Labels): void {
    if (kind === 'heartbeat') {
      this.#onHeartbeat?.(atMs);
      return;
    }
    if (atMs > this.newestMs) this.newestMs = atMs;
    switch (kind) {
      case 'http-request':
        this.#addHttpRequest(labels, atMs, value);
        return;
      case 'http-failed':
        this.#settle(labels, atMs, value === 0);
        return;
      case 'iterations':
        this.iterations += value;
        return;
      case 'dropped-iterations':
        this.droppedIterations += value;
        return;
      case 'data-received':
        if (!labels.isOutsideLoad) this.bytesReceived += value;
        return;
      case 'skipped':
      case 'unknown':
        return;
      default:
        if (!labels.isOutsideLoad) this.#addOther(kind, metric, atMs, value, labels);
        else if (kind === 'grpc-request') this.setupAndTeardownRequests++;
    }
  }

  /** What the configuration or we need of the requests' tags, and none of them has. */
  warnings(): string[] {
    return [...this.#missingTags(), ...this.#ungrouped()];
  }

  #ungrouped(): string[] {
    if (this.#grouping === undefined || this.#grouping.isFound || this.requests === 0) return [];
    const { by, otherTags } = this.#grouping;
    if (by.startsWith('?')) {
      return [
        `no request has the query parameter ${by.slice(1)} of \`group-by\`, so endpoints keep their request names`,
      ];
    }
    const known = [...otherTags].sort().join(', ');
    return [
      `no request has the tag ${by} of \`group-by\`, so endpoints keep their request names; tags of the requests: ${known}`,
    ];
  }

  #missingTags(): string[] {
    return [...this.#missing].map((tags) => {
      const [which, are] = tags.includes(' and ') ? ['tags', 'are'] : ['tag', 'is'];
      return `the system ${which} ${tags} ${are} off, so different endpoints count as one: add ${tags} to systemTags in the options of the script, or to K6_SYSTEM_TAGS or --system-tags where those are given`;
    });
  }

  /** Whether the next `http_req_failed` matters. */
  get isWaiting(): boolean {
    return this.#undecided !== undefined;
  }

  /** Lets go of a request that still waited for its `http_req_failed`. */
  end(): void {
    const waiting = this.#undecided;
    if (waiting === undefined) return;
    this.#undecided = undefined;
    const { labels, endedAtMs, durationMs } = waiting;
    this.#emit(labels, 'http', endedAtMs, durationMs, expectedByStatus(labels.http));
  }

  #addHttpRequest(labels: K6Labels, endedAtMs: number, durationMs: number): void {
    if (this.#undecided !== undefined) this.end();
    if (labels.isOutsideLoad) this.setupAndTeardownRequests++;
    else if (labels.isExpected !== undefined) this.#emit(labels, 'http', endedAtMs, durationMs, labels.isExpected);
    else this.#undecided = { labels, endedAtMs, durationMs };
  }

  /** A request's points share time and tags; its `http_req_failed` comes a few lines after its duration. */
  #settle(labels: K6Labels, atMs: number, isExpected: boolean): void {
    const waiting = this.#undecided;
    if (waiting === undefined || waiting.endedAtMs !== atMs || !isSameRequest(waiting.labels, labels)) return;
    this.#undecided = undefined;
    this.#emit(labels, 'http', waiting.endedAtMs, waiting.durationMs, isExpected);
  }

  #addOther(
    kind: Exclude<
      MetricKind,
      | 'http-request'
      | 'http-failed'
      | 'iterations'
      | 'dropped-iterations'
      | 'data-received'
      | 'heartbeat'
      | 'skipped'
      | 'unknown'
    >,
    metric: string,
    atMs: number,
    value: number,
    labels: K6Labels,
  ): void {
    switch (kind) {
      case 'grpc-request':
        this.#emit(labels, 'grpc', atMs, value, labels.isExpected ?? expectedByStatus(labels.grpc));
        return;
      case 'check':
        this.#onSample({ kind: 'check', check: labels.tags['check'] ?? '(no name)', atMs, passed: value !== 0 });
        return;
      case 'rate':
        this.#onSample({ kind: 'rate', metric, atMs, isTrue: value !== 0 });
        return;
      case 'iteration-duration':
        this.#onSample({ kind: 'trend', metric: labels.iterationDuration, unit: 'ms', atMs, value });
        return;
      case 'trend-ms':
      case 'trend':
        this.#onSample({ kind: 'trend', metric, unit: kind === 'trend' ? '' : 'ms', atMs, value });
        return;
      default:
        kind satisfies never;
    }
  }

  #emit(labels: K6Labels, protocol: 'http' | 'grpc', endedAtMs: number, durationMs: number, isExpected: boolean): void {
    const request = labels[protocol];
    this.requests++;
    if (labels.missing.length > 0 && protocol === 'http') this.#missing.add(labels.missing.join(' and '));
    if (this.#grouping?.isFound === false) noteTags(this.#grouping, labels.tags, request);
    this.#onSample({ ...request, endedAtMs, durationMs, isExpected });
  }
}

/** More than are worth naming in one sentence. */
const maxNamedTags = 20;

function noteTags(grouping: Grouping, tags: K6Tags, { group, query }: RequestLabels): void {
  grouping.isFound = group !== undefined || query !== undefined;
  for (const tag of Object.keys(tags)) if (grouping.otherTags.size < maxNamedTags) grouping.otherTags.add(tag);
}

function isSameRequest(a: K6Labels, b: K6Labels): boolean {
  return a === b || (a.http.name === b.http.name && a.http.method === b.http.method && a.http.status === b.http.status);
}
