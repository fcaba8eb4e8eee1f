import { pathToFileURL } from 'node:url';
import type { ScriptInspection } from './inspect-script.ts';
import type { SourceFile } from './script-sources.ts';

/** Files of the dry pass by name; they lie in a folder of their own and import the user's script by its address. */
export interface DryRunFiles {
  readonly 'wrapper.js': string;
  readonly 'patch.js': string;
}

/** An address that the stub itself hands out; following it proves nothing. */
export const stubHost = 'stub.invalid';

/** Iterations that go on asking until something changes would never end on a stub. */
const maxRequests = 200;

/**
 * A wrapper that runs each scenario's function once with k6's HTTP and gRPC modules replaced by stubs: each request is
 * written to the log behind `marker` and answered at once, nothing is sent. k6 is told to block every host and address as
 * well, so that what can't be replaced (a named import of `WebSocket`, an extension) reaches nothing either.
 *
 * The script keeps its own place, so its relative imports and `open()` work as always.
 */
export function dryRunFiles(options: {
  readonly script: string;
  readonly inspection: ScriptInspection;
  readonly sources: readonly SourceFile[];
  readonly marker: string;
}): DryRunFiles {
  const url = JSON.stringify(pathToFileURL(options.script).href);
  return {
    'wrapper.js': `import { thaw, freeze, complete } from './patch.js';
import * as script from ${url};

const commonJs = typeof script.default === 'object' && script.default !== null ? script.default : {};
function named(name) {
  const found = name === 'default' && typeof script.default === 'function' ? script.default : (script[name] ?? commonJs[name]);
  return typeof found === 'function' ? found : undefined;
}
function afterwards(result, next) {
  return result != null && typeof result === 'object' && typeof result.then === 'function' ? result.then(next) : next(result);
}

export const options = ${JSON.stringify(dryOptions(options.inspection), null, 2)};

export function setup() {
  const run = named('setup');
  return run === undefined ? undefined : afterwards(run(), freeze);
}
export default function (data) {
  return afterwards(named(__ENV.TAILGATE_DRY_EXEC)?.(thaw(data)), complete);
}
`,
    'patch.js': patchText(options.sources, options.marker),
  };
}

/** One iteration per scenario, and no way out. */
function dryOptions(inspection: ScriptInspection): object {
  const scenarios = Object.entries(inspection.scenarios).map(([name, scenario]) => [
    name,
    {
      executor: 'per-vu-iterations',
      vus: 1,
      iterations: 1,
      maxDuration: '5s',
      gracefulStop: '0s',
      env: { ...scenario.env, TAILGATE_DRY_EXEC: scenario.exec },
    },
  ]);
  return {
    scenarios: Object.fromEntries(scenarios),
    setupTimeout: '10s',
    blacklistIPs: ['0.0.0.0/0', '::/0'],
    blockHostnames: ['*'],
    systemTags: ['scenario'],
  };
}

function patchText(sources: readonly SourceFile[], marker: string): string {
  const uses = (module: string) => sources.some((source) => new RegExp(`['"\`]${module}['"\`]`).test(source.text));
  const parts = [baseText(marker)];
  if (uses('k6/net/grpc')) parts.push(grpcText);
  if (uses('k6/ws')) parts.push(wsText);
  return parts.join('\n');
}

function baseText(marker: string): string {
  return `import http from 'k6/http';

const write = console.log;
const stringify = JSON.stringify;
const parse = JSON.parse;
let count = 0;
function record(protocol, address) {
  count += 1;
  if (count > ${maxRequests}) throw new Error('the dry iteration ends here');
  const text = typeof address === 'string' ? address : String((address && (address.url || address.clean_url || address.URL)) || address);
  write(${JSON.stringify(marker)} + stringify({ protocol, address: text }));
  return text;
}

/** Tells that a scenario's function came to its end. */
export function complete() {
  write(${JSON.stringify(marker)} + stringify({ protocol: 'done', address: '' }));
}

// A value that goes along with almost anything: any property, call, iteration or conversion works on it.
const stubText = 'tailgate-stub';
const lists = { forEach: 1, map: 1, filter: 1, find: 1, some: 1, every: 1, reduce: 1, flatMap: 1, findLast: 1 };
const anything = new Proxy(function () {}, {
  get(_, key) {
    if (key === 'then') return undefined;
    if (key === Symbol.toPrimitive) return (hint) => (hint === 'number' ? 1 : stubText);
    if (key === Symbol.iterator) return function* () { yield anything; };
    if (key === 'toJSON' || key === 'toString') return () => stubText;
    if (key === 'valueOf') return () => 1;
    if (key === 'length') return 1;
    if (key === 'map' || key === 'flatMap') return (call) => (typeof call === 'function' ? [call(anything, 0, [anything])] : anything);
    if (Object.hasOwn(lists, key)) {
      return (call, ...rest) => (typeof call === 'function' ? [anything][key](call, ...rest) : anything);
    }
    return anything;
  },
  has: () => true,
  apply: () => anything,
  construct: () => anything,
  getOwnPropertyDescriptor: (target, key) => Reflect.getOwnPropertyDescriptor(target, key),
});
const body = ' {"stub":true} ';
JSON.parse = (text, ...rest) => (text === body || String(text) === stubText ? anything : parse(text, ...rest));

/** setup()'s result passes through JSON in k6, and so it does here. */
export function freeze(data) {
  return data === undefined ? undefined : parse(stringify(data));
}
export function thaw(data) {
  if (data === stubText) return anything;
  if (Array.isArray(data)) return data.map(thaw);
  if (data === null || typeof data !== 'object') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, thaw(value)]));
}

const headers = new Proxy({ 'Content-Type': 'application/json' }, {
  get: (target, key) => (key in target ? target[key] : key === 'Location' ? 'http://${stubHost}/' : stubText),
});
function response(url, request) {
  return {
    status: 200, status_text: '200 OK', url, body, headers, cookies: anything, proto: 'HTTP/1.1', error: '', error_code: 0,
    remote_ip: '', remote_port: 0, tls_version: '', tls_cipher_suite: '', ocsp: {}, request: request || { method: 'GET', url, headers: {}, body: '', cookies: {} },
    timings: { duration: 1, blocked: 0, looking_up: 0, connecting: 0, tls_handshaking: 0, sending: 0, waiting: 1, receiving: 0 },
    json: () => anything, html: () => anything,
    submitForm: () => response(record('http', url)), clickLink: () => response(record('http', url)),
  };
}
for (const method of ['get', 'head', 'post', 'put', 'patch', 'del', 'options']) {
  http[method] = (url) => response(record('http', url));
}
http.request = (_, url) => response(record('http', url));
http.asyncRequest = (_, url) => Promise.resolve(response(record('http', url)));
function batched(entry) {
  if (Array.isArray(entry)) return response(record('http', entry[1]));
  return response(record('http', entry !== null && typeof entry === 'object' && 'method' in entry ? entry.url : entry));
}
http.batch = (requests) =>
  Array.isArray(requests)
    ? requests.map(batched)
    : Object.fromEntries(Object.entries(requests).map(([key, entry]) => [key, batched(entry)]));
`;
}

const grpcText = `import grpc from 'k6/net/grpc';
const answer = () => ({ status: grpc.StatusOK, message: anything, error: null, headers: {}, trailers: {} });
class Client {
  load() { return []; }
  loadProtoset() { return []; }
  connect(address) { record('grpc', address); }
  invoke() { return answer(); }
  asyncInvoke() { return Promise.resolve(answer()); }
  healthcheck() { return answer(); }
  healthCheck() { return answer(); }
  close() {}
}
class Stream {
  on() {}
  write() {}
  end() {}
}
grpc.Client = Client;
grpc.Stream = Stream;
`;

const wsText = `import ws from 'k6/ws';
ws.connect = (url, ...rest) => {
  record('ws', url);
  const call = rest.at(-1);
  if (typeof call === 'function') call(new Proxy({}, { get: () => () => {} }));
  return { status: 101, url, headers, body: '', error: '' };
};
`;
