import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ScriptInspection } from './inspect-script.ts';
import { importsModule } from './script-code.ts';
import type { SourceFile } from './script-sources.ts';

/** What the dry pass needs; the files lie in a folder of their own. */
export interface DryRunFiles {
  readonly files: Readonly<Record<string, string>>;
  /** Modules that the script has to import in place of k6's: those can't be changed from outside. */
  readonly modules: Readonly<Record<string, string>>;
  /** What k6 is started with, given where the files and the script lie. */
  readonly wrapper: (folder: string, script: string) => string;
}

/** An address that the stub itself hands out; following it proves nothing. */
export const stubHost = 'stub.invalid';

/** Iterations that go on asking until something changes would never end on a stub. */
const maxRequests = 200;

/**
 * A wrapper that runs each scenario's function once with k6's modules for HTTP, gRPC and WebSocket replaced by stubs: each
 * request is written to the log behind `marker` and answered at once, nothing is sent. k6 is told to block every host and
 * address as well, so that what can't be replaced (an extension) reaches nothing either.
 */
export function dryRunFiles(options: {
  readonly inspection: ScriptInspection;
  readonly sources: readonly SourceFile[];
  readonly marker: string;
}): DryRunFiles {
  const sockets = ['k6/websockets', 'k6/experimental/websockets'].filter((name) =>
    importsModule(options.sources, name),
  );
  return {
    files: {
      'patch.js': patchText(options.sources, options.marker),
      ...(sockets.length > 0 && { 'websockets.js': webSocketText }),
    },
    modules: Object.fromEntries(sockets.map((name) => [name, 'websockets.js'])),
    wrapper: (folder, script) => wrapperText(join(folder, 'patch.js'), script, options.inspection),
  };
}

function wrapperText(patch: string, script: string, inspection: ScriptInspection): string {
  return `const { thaw, freeze, complete } = require(${JSON.stringify(pathToFileURL(patch).href)});
const script = require(${JSON.stringify(pathToFileURL(script).href)});

function named(name) {
  const found = script[name];
  return typeof found === 'function' ? found : undefined;
}
function afterwards(result, next) {
  return result != null && typeof result === 'object' && typeof result.then === 'function' ? result.then(next) : next(result);
}

exports.options = ${JSON.stringify(dryOptions(inspection), null, 2)};

/** The script's own setup(), whose result goes where k6 would send it. */
exports.setup = () => {
  const run = named('setup');
  return run === undefined ? undefined : afterwards(run(), freeze);
};
exports.default = (data) => afterwards(named(__ENV.TAILGATE_DRY_EXEC)?.(thaw(data)), complete);
`;
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
  const parts = [baseText(marker)];
  if (importsModule(sources, 'k6/net/grpc')) parts.push(grpcText);
  if (importsModule(sources, 'k6/ws')) parts.push(wsText);
  return parts.join('\n');
}

function baseText(marker: string): string {
  return `const http = require('k6/http');

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
exports.complete = function () {
  write(${JSON.stringify(marker)} + stringify({ protocol: 'done', address: '' }));
};
exports.record = record;

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
exports.freeze = (data) => (data === undefined ? undefined : parse(stringify(data)));
/** The copy of setup()'s result that an iteration gets: stubs are stubs again, which JSON made texts of. */
function thaw(data) {
  if (data === stubText) return anything;
  if (Array.isArray(data)) return data.map(thaw);
  if (data === null || typeof data !== 'object') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, thaw(value)]));
}
exports.thaw = thaw;

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

const grpcText = `const grpc = require('k6/net/grpc');
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

const wsText = `const ws = require('k6/ws');
ws.connect = (url, ...rest) => {
  record('ws', url);
  const call = rest.at(-1);
  if (typeof call === 'function') call(new Proxy({}, { get: () => () => {} }));
  return { status: 101, url, headers, body: '', error: '' };
};
`;

const webSocketText = `import { record } from './patch.js';
class WebSocket {
  constructor(url) {
    this.url = record('ws', url);
    this.readyState = 0;
    this.bufferedAmount = 0;
  }
  addEventListener() {}
  send() {}
  ping() {}
  close() {}
}
class Blob {}
export { WebSocket, Blob };
export default { WebSocket, Blob };
`;

/** A script that opens a page of a browser and closes it again. */
export const browserProbe = `import { browser } from 'k6/browser';
export const options = {
  scenarios: { probe: { executor: 'shared-iterations', maxDuration: '20s', options: { browser: { type: 'chromium' } } } },
};
export default async function () {
  const page = await browser.newPage();
  await page.close();
}
`;
