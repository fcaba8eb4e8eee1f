import { LatencySketch } from '../sketch/latency-sketch.ts';
import { BlockSeries } from './block-series.ts';
import { cleanName } from './display-name.ts';
import { endpointName } from './endpoint-name.ts';
import { mostRememberedNames, otherName } from './named-series.ts';
import type { RequestSample } from './sample.ts';

/** What is gathered of one endpoint in one time block. */
interface RequestBlock {
  readonly latency: LatencySketch;
  failedRequests: number;
  readonly outcomes: Map<string, number>;
}

/** Requests of one method, name, scenario and script. */
export interface RequestSeries {
  readonly protocol: 'http' | 'grpc';
  readonly method: string;
  readonly name: string;
  readonly scenario: string | undefined;
  readonly script: string | undefined;
  readonly otherHost: string | undefined;
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
  readonly series: RequestSeries;
}

/**
 * Finds the series of each request. Up to twice `maxEndpoints` endpoints are kept apart while measuring, so that the
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
    this.#limit = maxEndpoints * 2;
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
          known.protocol === sample.protocol
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
    const { name, otherHost } = endpointName(text, isNamed, this.#targetHosts);
    const { protocol } = sample;
    const method = cleanName(sample.method);
    const scenario = sample.scenario === undefined ? undefined : cleanName(sample.scenario);
    const script = sample.script === undefined ? undefined : cleanName(sample.script);
    const key = JSON.stringify([protocol, method, name, scenario, script]);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const endpoint = JSON.stringify([protocol, method, name]);
    if (!this.#endpoints.has(endpoint) && this.#endpoints.size >= this.#limit) {
      this.#overflow ??= newSeries({ protocol: 'http', method: '', name: otherName });
      return this.#overflow;
    }
    this.#endpoints.add(endpoint);
    const series = newSeries({ protocol, method, name, scenario, script, otherHost });
    this.#series.set(key, series);
    return series;
  }

  #remember(text: string, spelling: Spelling): void {
    if (this.#rememberedSpellings >= mostRememberedNames) {
      this.#spellings.clear();
      this.#rememberedSpellings = 0;
    }
    this.#rememberedSpellings++;
    const known = this.#spellings.get(text);
    if (known === undefined) this.#spellings.set(text, [spelling]);
    else known.push(spelling);
  }
}

function pick(sample: RequestSample): Pick<Spelling, 'protocol' | 'method' | 'scenario' | 'script'> {
  const { protocol, method, scenario, script } = sample;
  return { protocol, method, scenario, script };
}

export function newSeries(identity: {
  readonly protocol: 'http' | 'grpc';
  readonly method: string;
  readonly name: string;
  readonly scenario?: string | undefined;
  readonly script?: string | undefined;
  readonly otherHost?: string | undefined;
}): RequestSeries {
  const { protocol, method, name, scenario, script, otherHost } = identity;
  return {
    protocol,
    method,
    name,
    scenario,
    script,
    otherHost,
    blocks: new BlockSeries(newBlock, settleBlock),
    requests: 0,
  };
}

function newBlock(): RequestBlock {
  return { latency: new LatencySketch(), failedRequests: 0, outcomes: new Map() };
}

function settleBlock(block: RequestBlock): void {
  block.latency.settle();
}
