import { LatencySketch } from '../sketch/latency-sketch.ts';
import type { AnomalyLog } from './anomaly-log.ts';
import { type BlockRange, BlockSeries, maxRememberedNames, NamedSeries, otherName } from './block-series.ts';
import { canBeUsual, usualAnswersOf } from './counted-answers.ts';
import { joinAsOther, labelAlone } from './endpoint-identity.ts';
import { cleanName, endpointName, nameOfNamed, valuePlaces } from './endpoint-name.ts';
import type { CheckSeries, EndpointSeries, MetricSeries, RateBlock } from './run-record.ts';
import type { RequestSample, Sample, TrendSample } from './sample.ts';

/** What is gathered of one endpoint in one time block. */
interface RequestBlock {
  readonly latency: LatencySketch;
  failedRequests: number;
  readonly outcomes: Map<string, number>;
  /** Latencies of unexpected answers that may be meant, by status. */
  readonly unexpected: Map<string, LatencySketch>;
}

/** Statuses of unexpected answers whose latencies are gathered in one time block; more of them are no usual answer. */
const maxUnexpectedStatuses = 4;

/** Requests of one method, name, scenario and script. */
export interface RequestSeries {
  readonly protocol: 'http' | 'grpc';
  readonly method: string;
  readonly name: string;
  readonly scenario: string | undefined;
  readonly script: string | undefined;
  readonly host: string | undefined;
  readonly otherHost: string | undefined;
  /** Whether the script chose the name. */
  readonly isNamed: boolean;
  readonly blocks: BlockSeries<RequestBlock>;
  requests: number;
}

/** A sample's own spelling of its endpoint, remembered so that naming happens once per spelling and not per request. */
interface Spelling {
  readonly protocol: string;
  readonly method: string;
  readonly isNamed: boolean;
  readonly scenario: string | undefined;
  readonly script: string | undefined;
  readonly query: string | undefined;
  readonly series: RequestSeries;
}

/**
 * Finds the series of each request. Up to five times `maxEndpoints` endpoints are kept apart while measuring, so that the
 * busiest `maxEndpoints` can be chosen at the end whatever the order of arrival; requests of further ones are joined.
 */
export class EndpointTable {
  readonly #limit: number;
  readonly #targetHosts: readonly string[] | undefined;
  readonly #spellings = new Map<string, Spelling[]>();
  #rememberedSpellings = 0;
  readonly #series = new Map<string, RequestSeries>();
  readonly #endpoints = new Set<string>();
  #overflow: RequestSeries | undefined;

  constructor(maxEndpoints: number, targetHosts: readonly string[] | undefined) {
    this.#limit = maxEndpoints * 5;
    this.#targetHosts = targetHosts?.map((host) => host.toLowerCase());
  }

  seriesOf(sample: RequestSample): RequestSeries {
    const text = sample.group ?? sample.name;
    const isNamed = sample.group !== undefined || sample.isNamed;
    const spellings = this.#spellings.get(text);
    if (spellings !== undefined) {
      for (const known of spellings) {
        if (
          known.method === sample.method &&
          known.scenario === sample.scenario &&
          known.isNamed === isNamed &&
          known.script === sample.script &&
          known.protocol === sample.protocol &&
          known.query === sample.query
        ) {
          return known.series;
        }
      }
    }
    const series = this.#find(sample, text, isNamed);
    this.#remember(text, { ...pick(sample), isNamed, series });
    return series;
  }

  /** Every series, and the one that took what went beyond the limit. */
  all(): { readonly series: readonly RequestSeries[]; readonly overflow: RequestSeries | undefined } {
    return { series: [...this.#series.values()], overflow: this.#overflow };
  }

  #find(sample: RequestSample, text: string, isNamed: boolean): RequestSeries {
    const { protocol } = sample;
    const method = cleanName(sample.method);
    const named = isNamed
      ? nameOfNamed(text, method, this.#targetHosts)
      : endpointName(text, false, this.#targetHosts, sample.query);
    const { name, host, otherHost } = named;
    const scenario = sample.scenario === undefined ? undefined : cleanName(sample.scenario);
    const script = sample.script === undefined ? undefined : cleanName(sample.script);
    const key = JSON.stringify([protocol, method, name, scenario, script, host]);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const endpoint = JSON.stringify([protocol, method, name, host]);
    if (!this.#endpoints.has(endpoint) && this.#endpoints.size >= this.#limit) {
      this.#overflow ??= newSeries({ protocol: 'http', method: '', name: otherName, isNamed: true });
      return this.#overflow;
    }
    this.#endpoints.add(endpoint);
    const series = newSeries({ protocol, method, name, scenario, script, host, otherHost, isNamed });
    this.#series.set(key, series);
    return series;
  }

  #remember(text: string, spelling: Spelling): void {
    if (this.#rememberedSpellings >= maxRememberedNames) {
      this.#spellings.clear();
      this.#rememberedSpellings = 0;
    }
    this.#rememberedSpellings++;
    const known = this.#spellings.get(text);
    if (known === undefined) this.#spellings.set(text, [spelling]);
    else known.push(spelling);
  }
}

function pick(sample: RequestSample): Pick<Spelling, 'protocol' | 'method' | 'scenario' | 'script' | 'query'> {
  const { protocol, method, scenario, script, query } = sample;
  return { protocol, method, scenario, script, query };
}

function newSeries(identity: {
  readonly protocol: 'http' | 'grpc';
  readonly method: string;
  readonly name: string;
  readonly scenario?: string | undefined;
  readonly script?: string | undefined;
  readonly host?: string | undefined;
  readonly otherHost?: string | undefined;
  readonly isNamed: boolean;
}): RequestSeries {
  const { protocol, method, name, scenario, script, host, otherHost, isNamed } = identity;
  return {
    protocol,
    method,
    name,
    scenario,
    script,
    host,
    otherHost,
    isNamed,
    blocks: new BlockSeries(newBlock, settleBlock),
    requests: 0,
  };
}

function newBlock(): RequestBlock {
  return { latency: new LatencySketch(), failedRequests: 0, outcomes: new Map(), unexpected: new Map() };
}

function settleBlock(block: RequestBlock): void {
  block.latency.settle();
  for (const latency of block.unexpected.values()) latency.settle();
}

/** Counts one request in its time block. */
export function countRequest(into: RequestBlock, sample: RequestSample, outcome: string): void {
  if (sample.isExpected) into.latency.add(sample.durationMs);
  else {
    into.failedRequests++;
    if (sample.errorCode === undefined || /^14\d\d$/.test(sample.errorCode)) addUnexpected(into.unexpected, sample);
  }
  into.outcomes.set(outcome, (into.outcomes.get(outcome) ?? 0) + 1);
}

function addUnexpected(byStatus: RequestBlock['unexpected'], { protocol, status, durationMs }: RequestSample): void {
  let latency = byStatus.get(status);
  if (latency === undefined) {
    if (byStatus.size >= maxUnexpectedStatuses || !canBeUsual(protocol, status)) return;
    latency = new LatencySketch();
    byStatus.set(status, latency);
  }
  latency.add(durationMs);
}

/**
 * The finished endpoints, labeled, with their blocks in `range`. The busiest `maxEndpoints` are kept, the rest is joined as
 * `other`.
 */
export function finishEndpoints(
  table: EndpointTable,
  maxEndpoints: number,
  range: BlockRange,
): { readonly endpoints: readonly EndpointSeries[]; readonly joined: number } {
  const { series, overflow } = table.all();
  const groups = Map.groupBy(series, (one) => JSON.stringify([one.protocol, one.method, one.name, one.host]));
  const busiest = [...groups.values()].sort((a, b) => magnitudeOf(b) - magnitudeOf(a) || compareNames(a, b));
  const isThere = ({ blocks }: EndpointSeries) => blocks.length > 0;
  const kept = busiest
    .slice(0, maxEndpoints)
    .flat()
    .map((one) => finished(one, range));
  const rest = busiest.slice(maxEndpoints).flat();
  if (overflow !== undefined) rest.push(overflow);
  const joined = rest.length === 0 ? [] : [joinAsOther(rest.map((one) => finished(one, range)))];
  return { endpoints: labelAlone([...kept.filter(isThere), ...joined]), joined: rest.length };
}

/** Requests in powers of two, and then by name: two runs of one load shall keep the same ones, however chance counted. */
function magnitudeOf(group: readonly RequestSeries[]): number {
  return Math.floor(Math.log2(group.reduce((sum, one) => sum + one.requests, 0)));
}

function compareNames([a]: readonly RequestSeries[], [b]: readonly RequestSeries[]): number {
  return `${a?.method} ${a?.name} ${a?.host}` < `${b?.method} ${b?.name} ${b?.host}` ? -1 : 1;
}

/** Without a label yet. */
function finished(one: RequestSeries, range: BlockRange): EndpointSeries {
  const blocks = one.blocks.within(range);
  const outcomes = new Map<string, number>();
  for (const { block } of blocks) {
    for (const [outcome, count] of block.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  }
  const usualAnswers = usualAnswersOf(
    blocks.map(({ index, block }) => ({ index, byStatus: block.unexpected })),
    {
      requests: blocks.reduce((sum, { block }) => sum + block.latency.count + block.failedRequests, 0),
      expected: blocks.reduce((sum, { block }) => sum + block.latency.count, 0),
    },
  );
  return {
    endpoint: '',
    protocol: one.protocol,
    method: one.method,
    name: one.name,
    ...(one.scenario !== undefined && { scenario: one.scenario }),
    ...(one.script !== undefined && { script: one.script }),
    ...(one.host !== undefined && { host: one.host }),
    ...(one.otherHost !== undefined && { otherHost: one.otherHost }),
    ...(usualAnswers && { usualAnswers }),
    outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
    blocks: blocks.map(({ index, block }) => ({
      index,
      latency: block.latency,
      failedRequests: block.failedRequests,
    })),
  };
}

const maxPlaces = 3;

/** Beyond this an endpoint can be judged whatever it is, and needs no advice. */
const fewRequests = 200;

/** What to write where many paths of few requests look like one with a value in it that nobody can tell from a resource. */
export function adviceOnNames(table: EndpointTable): string[] {
  const urls = table
    .all()
    .series.filter(({ isNamed, protocol, requests }) => !isNamed && protocol === 'http' && requests < fewRequests);
  const places = [...Map.groupBy(urls, ({ method }) => method)].flatMap(([method, list]) =>
    valuePlaces([...new Set(list.map(({ name }) => name))]).map((place) => ({ ...place, method })),
  );
  places.sort((a, b) => b.values.length - a.values.length || (a.path < b.path ? -1 : 1));
  return places.slice(0, maxPlaces).map(({ method, path, values }) => {
    const [first, second] = values;
    return `${values.length} endpoints differ in one place only, ${method} ${path} (${first}, ${second}, …): where that is a value, give these requests one name, ${callWithName(method, path)}; until then those of few requests are judged as one against stored runs`;
  });
}

/** As k6 has it: `http.get(url, { tags: { name: '/blog/:name' } })`. */
function callWithName(method: string, name: string): string {
  const params = `{ tags: { name: ${name.includes("'") ? JSON.stringify(name) : `'${name}'`} } }`;
  if (method === 'GET' || method === 'HEAD') return `http.${method.toLowerCase()}(url, ${params})`;
  if (method === 'DELETE') return `http.del(url, body, ${params})`;
  if (method === 'POST' || method === 'PUT' || method === 'PATCH') {
    return `http.${method.toLowerCase()}(url, body, ${params})`;
  }
  return `http.request('${method}', url, body, ${params})`;
}

/** Requests of every series in blocks before `firstBlock`. */
export function requestsBefore(table: EndpointTable, firstBlock: number): number {
  const { series, overflow } = table.all();
  let requests = 0;
  for (const one of overflow === undefined ? series : [...series, overflow]) {
    for (const block of one.blocks.before(firstBlock)) requests += block.latency.count + block.failedRequests;
  }
  return requests;
}

const maxChecks = 200;
const maxMetrics = 200;

const largestMetricValue = 1e15;

interface TrendSeries {
  readonly blocks: BlockSeries<LatencySketch>;
  unit: 'ms' | '';
}

interface RateCounts {
  total: number;
  failed: number;
}

/** Gathers everything of a run that isn't a request: checks, rates and trends, per time block. */
export class SeriesCollector {
  readonly #anomalies: AnomalyLog;
  readonly #checks = new NamedSeries(maxChecks, () => new BlockSeries<RateCounts>(newRate));
  readonly #rates = new NamedSeries(maxMetrics, () => new BlockSeries<RateCounts>(newRate));
  readonly #trends = new NamedSeries(maxMetrics, newTrend);

  constructor(anomalies: AnomalyLog) {
    this.#anomalies = anomalies;
  }

  add(sample: Exclude<Sample, RequestSample>, block: number): void {
    switch (sample.kind) {
      case 'check':
        countRate(this.#checks.get(sample.check).at(block), sample.passed);
        break;
      case 'rate':
        countRate(this.#rates.get(sample.metric).at(block), sample.isTrue);
        break;
      case 'trend':
        this.#addTrend(sample, block);
        break;
      default:
        sample satisfies never;
    }
  }

  checks(range: BlockRange): CheckSeries[] {
    return this.#checks
      .entries()
      .map(([check, series]) => ({ check, blocks: rateBlocks(series, range) }))
      .filter((series) => series.blocks.length > 0);
  }

  metrics(range: BlockRange): MetricSeries[] {
    const trends = this.#trends.entries().map(([metric, { unit, blocks }]): MetricSeries => {
      const values = blocks.within(range).map(({ index, block }) => ({ index, values: block }));
      return { metric, kind: 'trend', unit, blocks: values };
    });
    const rates = this.#rates.entries().map(([metric, series]): MetricSeries => {
      return { metric, kind: 'rate', blocks: rateBlocks(series, range) };
    });
    return [...trends, ...rates].filter((series) => series.blocks.length > 0);
  }

  limitWarnings(): string[] {
    const warnings: string[] = [];
    if (this.#checks.hasOverflow) warnings.push(`more than ${maxChecks} checks: the rest is joined as "${otherName}"`);
    if (this.#trends.hasOverflow || this.#rates.hasOverflow) {
      warnings.push(`more than ${maxMetrics} metrics: the rest is joined as "${otherName}"`);
    }
    return warnings;
  }

  #addTrend(sample: TrendSample, block: number): void {
    if (!(sample.value >= 0 && sample.value <= largestMetricValue)) {
      const kind = 'metric values below zero, beyond 1e15 or not finite';
      this.#anomalies.noteLeftOut(kind, `${sample.value} of ${sample.metric.slice(0, 100)}`);
      return;
    }
    const trend = this.#trends.get(sample.metric);
    trend.unit = sample.unit;
    trend.blocks.at(block).add(sample.value);
  }
}

function newRate(): RateCounts {
  return { total: 0, failed: 0 };
}

function newTrend(): TrendSeries {
  const blocks = new BlockSeries(
    () => new LatencySketch(),
    (values) => values.settle(),
  );
  return { blocks, unit: '' };
}

function countRate(rate: RateCounts, isGood: boolean): void {
  rate.total++;
  if (!isGood) rate.failed++;
}

function rateBlocks(series: BlockSeries<RateCounts>, range: BlockRange): RateBlock[] {
  return series.within(range).map(({ index, block }) => ({ index, total: block.total, failed: block.failed }));
}
