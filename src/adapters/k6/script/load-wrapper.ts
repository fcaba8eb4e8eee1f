import { pathToFileURL } from 'node:url';
import type { SourceFile } from './script-sources.ts';

/** A rate of iteration starts: `count` in each `perMs`. */
export interface ArrivalRate {
  readonly count: number;
  readonly perMs: number;
}

/** Environment variable through which the wrapper gets the header, so that its value is in no file. */
export const headerVariable = 'TAILGATE_BYPASS_HEADER';

interface LoadWrapperOptions {
  readonly script: string;
  readonly sources: readonly SourceFile[];
  readonly arrivalRate?: ArrivalRate & { readonly durationMs: number };
  /** Hosts that get the bypass header, `host` or `host:port`; empty: no header is sent. */
  readonly headerHosts: readonly string[];
}

/**
 * Files of a script that imports the user's and changes what the user asked to be changed: an arrival rate in place of
 * VUs, or a header on each request to the target. k6 has no flag for either.
 */
export function loadWrapperFiles(options: LoadWrapperOptions): Readonly<Record<string, string>> {
  const url = JSON.stringify(pathToFileURL(options.script).href);
  const lines = options.headerHosts.length > 0 ? [`import './header.js';`] : [];
  lines.push(`export * from ${url};`);
  if (hasDefaultExport(options.sources)) lines.push(`export { default } from ${url};`);
  if (options.arrivalRate !== undefined) lines.push(...optionsText(url, options.arrivalRate));
  const wrapper = { 'wrapper.js': `${lines.join('\n')}\n` };
  return options.headerHosts.length > 0 ? { ...wrapper, 'header.js': headerText(options.headerHosts) } : wrapper;
}

function hasDefaultExport(sources: readonly SourceFile[]): boolean {
  return /\bexport\s+default\b|\bas\s+default\b|\bexport\s*\{[^}]*\bdefault\b/.test(sources[0]?.text ?? '');
}

/** VUs that wait for work: one per start in a second is plenty for answers within a second; k6 adds more as needed. */
function optionsText(url: string, rate: ArrivalRate & { readonly durationMs: number }): readonly string[] {
  const perSecond = (rate.count * 1000) / rate.perMs;
  const preAllocatedVUs = Math.max(10, Math.ceil(perSecond));
  const scenario = {
    executor: 'constant-arrival-rate',
    rate: rate.count,
    timeUnit: `${rate.perMs}ms`,
    duration: `${rate.durationMs}ms`,
    preAllocatedVUs,
    maxVUs: preAllocatedVUs * 10,
  };
  return [
    `import * as script from ${url};`,
    'const { vus, duration, iterations, stages, ...own } = script.options ?? {};',
    `export const options = { ...own, scenarios: { default: ${JSON.stringify(scenario)} } };`,
  ];
}

function headerText(hosts: readonly string[]): string {
  return `import http from 'k6/http';

const [name, ...value] = (__ENV.${headerVariable} || '').split(': ');
const header = { [name]: value.join(': ') };
try {
  delete __ENV.${headerVariable};
} catch (_) {
  // A frozen environment keeps it.
}
const hosts = ${JSON.stringify(hosts)};
function isTarget(url) {
  const text = typeof url === 'string' ? url : String((url && url.url) || url);
  const host = /^https?:\\/\\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(text);
  return host !== null && hosts.includes(host[1].toLowerCase());
}
function withHeader(url, params) {
  return isTarget(url) ? { ...params, headers: { ...header, ...(params && params.headers) } } : params;
}
const { get, head, post, put, patch, del, options, request, asyncRequest, batch } = http;
http.get = (url, params) => get(url, withHeader(url, params));
http.head = (url, params) => head(url, withHeader(url, params));
for (const [key, send] of Object.entries({ post, put, patch, del, options })) {
  http[key] = (url, body, params) => send(url, body, withHeader(url, params));
}
http.request = (method, url, body, params) => request(method, url, body, withHeader(url, params));
http.asyncRequest = (method, url, body, params) => asyncRequest(method, url, body, withHeader(url, params));
function entry(one) {
  if (Array.isArray(one)) return [one[0], one[1], one[2] ?? null, withHeader(one[1], one[3])];
  if (one !== null && typeof one === 'object' && 'method' in one) return { ...one, params: withHeader(one.url, one.params) };
  return ['GET', one, null, withHeader(one, undefined)];
}
http.batch = (requests) =>
  batch(
    Array.isArray(requests)
      ? requests.map(entry)
      : Object.fromEntries(Object.entries(requests).map(([key, one]) => [key, entry(one)])),
  );
`;
}
