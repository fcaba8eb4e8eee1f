import { importsModule, importsOf, usesName } from './script-code.ts';
import type { SourceFile } from './script-sources.ts';

/** Environment variable through which the wrapper gets the header, so that its value is in no file. */
export const headerVariable = 'TAILGATE_BYPASS_HEADER';

/** Files that send a header with each call to the target, and what of the script they can't reach. */
export interface HeaderFiles {
  /** By name; `header.js` has to be loaded before the script. */
  readonly files: Readonly<Record<string, string>>;
  /** Modules that the script has to import in place of k6's: those can't be changed from outside. */
  readonly modules: Readonly<Record<string, string>>;
  /** What is sent without the header, as a person would say it. */
  readonly unsent: readonly string[];
}

/** `hosts` are all spellings of the target's `host:port`, `names` of its host. */
export function headerFiles(
  sources: readonly SourceFile[],
  target: { readonly hosts: readonly string[]; readonly names: readonly string[] },
): HeaderFiles {
  const uses = (module: string) => importsModule(sources, module);
  const sockets = ['k6/websockets', 'k6/experimental/websockets'].filter(uses);
  const parts = [commonText(target), httpText(usesName(sources, 'submitForm') || usesName(sources, 'clickLink'))];
  if (uses('k6/ws')) parts.push(wsText);
  if (uses('k6/net/grpc')) parts.push(grpcText);
  if (uses('k6/browser')) parts.push(browserText);
  const moduleFiles = sockets.map((module) => [`${module.replaceAll('/', '-')}.js`, webSocketText(module)] as const);
  return {
    files: { 'header.js': parts.join('\n'), ...Object.fromEntries(moduleFiles) },
    modules: Object.fromEntries(sockets.map((module, i) => [module, moduleFiles[i]?.[0] ?? ''])),
    unsent: [
      ...new Set(sources.flatMap(importsOf).filter((module) => module.startsWith('k6/x/'))),
      ...(uses('k6/net/grpc') && (usesName(sources, 'healthcheck') || usesName(sources, 'healthCheck'))
        ? ['health checks of k6/net/grpc']
        : []),
      ...(uses('k6/browser') && usesName(sources, 'connectOverCDP') ? ['browsers reached by connectOverCDP'] : []),
    ],
  };
}

function commonText({
  hosts,
  names,
}: {
  readonly hosts: readonly string[];
  readonly names: readonly string[];
}): string {
  return `const [name, ...value] = (__ENV.${headerVariable} || '').split(': ');
const header = { [name]: value.join(': ') };
try {
  delete __ENV.${headerVariable};
} catch (_) {
  // A frozen environment keeps it.
}
const hosts = ${JSON.stringify(hosts)};
const names = ${JSON.stringify(names)};
function hostOf(url) {
  const text = typeof url === 'string' ? url : String((url && url.url) || url);
  const found = /^(?:https?:)?\\/\\/(?:[^/?#\\\\@]*@)?([^/?#\\\\]+)/i.exec(text.trim());
  return found === null ? undefined : found[1].toLowerCase();
}
const isTarget = (url) => hosts.includes(hostOf(url));
// Servers of other protocols than HTTP often listen on a port of their own.
function isTargetName(address) {
  const host = hostOf('//' + String(address).trim().replace(/^(?:wss?:\\/\\/|dns:\\/{0,3})/i, ''));
  return host !== undefined && names.includes(host.replace(/:\\d+$/, ''));
}
const added = (params, key) => ({ ...params, [key]: { ...header, ...(params && params[key]) } });
exports.withHeader = (url, params) => (isTargetName(url) ? added(params, 'headers') : params);
exports.around = (exported) => exported;
`;
}

/** Redirects are followed here: k6 would take the header along to whatever host an answer names. */
function httpText(hasForms: boolean): string {
  return `const http = require('k6/http');
const execution = require('k6/execution');
const { request, asyncRequest, batch } = http;

let limit;
function maxRedirects() {
  if (limit === undefined) {
    const { maxRedirects: own } = execution.test.options;
    limit = typeof own === 'number' ? own : 10;
  }
  return limit;
}
function callOf(method, url, body, given, left) {
  if (left === undefined && !isTarget(url)) return { method, url, body, params: given, given, left: 0 };
  const params = { ...(isTarget(url) ? added(given, 'headers') : given), redirects: 0 };
  const own = given && given.redirects;
  return { method, url, body, params, given, left: left ?? (typeof own === 'number' ? own : maxRedirects()) };
}
const entryOf = ({ method, url, body, params }) => [method, url, body ?? null, params ?? null];

function resolved(base, reference) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) return reference;
  const [, scheme, authority, path] = /^([^:]*:)(\\/\\/[^/?#]*)([^?#]*)/.exec(base) || ['', '', '', ''];
  if (reference.startsWith('//')) return scheme + reference;
  if (/^[?#]|^$/.test(reference)) return scheme + authority + path + reference;
  const [, way, rest] = /^([^?#]*)(.*)$/.exec(reference);
  const parts = [];
  const all = (way.startsWith('/') ? way : path.replace(/[^/]*$/, '') + way).split('/').slice(1);
  for (const [i, part] of all.entries()) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
    if (i === all.length - 1 && (part === '..' || part === '.')) parts.push('');
  }
  return scheme + authority + '/' + parts.join('/') + rest;
}
const isPrivate = (key) => /^(?:authorization|www-authenticate|cookie2?|proxy-authorization)$/i.test(key);
function nextCall(answer, { method, url, body, given, left }) {
  const { status } = answer;
  if (left < 1 || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const location = answer.headers.Location;
  if (!location) return undefined;
  const next = resolved(answer.url, location);
  const headers = { ...(given && given.headers) };
  const [from, to] = [answer.url, next].map((text) => (hostOf(text) || '').replace(/:\\d+$/, ''));
  if (to !== from && !to.endsWith('.' + from)) for (const key of Object.keys(headers)) if (isPrivate(key)) delete headers[key];
  const isDowngrade = /^https:/i.test(answer.url) && !/^https:/i.test(next);
  if (!isDowngrade && !('Referer' in headers)) headers.Referer = answer.url.replace(/^([^:]*:\\/\\/)[^/?#@]*@/, '$1');
  const params = { ...given, headers };
  if (typeof url === 'object' && url !== null && url.name) params.tags = { name: url.name, ...params.tags };
  const keepsBody = status >= 307;
  const nextMethod = keepsBody || /^HEAD$/i.test(method) ? method : 'GET';
  return callOf(nextMethod, next, keepsBody ? body : null, params, left - 1);
}
function follow(answer, call) {
  for (let next = nextCall(answer, call); next !== undefined; next = nextCall(answer, next)) answer = request(...entryOf(next));
  return shown(answer);
}
function send(method, url, body, params) {
  const call = callOf(method, url, body, params);
  return follow(request(...entryOf(call)), call);
}

for (const [key, method] of Object.entries({ get: 'GET', head: 'HEAD' })) {
  http[key] = (url, params) => send(method, url, null, params);
}
for (const [key, method] of Object.entries({ post: 'POST', put: 'PUT', patch: 'PATCH', del: 'DELETE', options: 'OPTIONS' })) {
  http[key] = (url, body, params) => send(method, url, body, params);
}
http.request = send;
function sendAsync(call) {
  return asyncRequest(...entryOf(call)).then((answer) => {
    const next = nextCall(answer, call);
    return next === undefined ? shown(answer) : sendAsync(next);
  });
}
http.asyncRequest = (method, url, body, params) => sendAsync(callOf(method, url, body, params));
function callIn(one) {
  if (Array.isArray(one)) return callOf(one[0], one[1], one[2], one[3]);
  if (one !== null && typeof one === 'object' && 'url' in one && !('clean_url' in one)) {
    return callOf(one.method ?? 'GET', one.url, one.body, one.params);
  }
  return callOf('GET', one, null, undefined);
}
http.batch = (requests) => {
  const keys = Object.keys(requests);
  const calls = keys.map((key) => callIn(requests[key]));
  const answers = batch(calls.map(entryOf));
  for (let open = keys.map((_, i) => i); open.length > 0; ) {
    open = open.filter((i) => (calls[i] = nextCall(answers[i], calls[i])) !== undefined);
    if (open.length === 0) break;
    const more = batch(open.map((i) => entryOf(calls[i])));
    open.forEach((i, at) => { answers[i] = more[at]; });
  }
  const all = keys.map((key, i) => [key, shown(answers[i])]);
  return Array.isArray(requests) ? all.map(([, answer]) => answer) : Object.fromEntries(all);
};
${hasForms ? formsText : 'const shown = (answer) => answer;\n'}`;
}

/** An answer of k6 can't be changed, so the script gets a copy whose forms and links send the header. */
const formsText = `function shown(answer) {
  return {
    ...answer,
    submitForm: (given = {}) => goOn(answer, 'submitForm', given, answer.html(given.formSelector ?? 'form').attr('action')),
    clickLink: (given = {}) => goOn(answer, 'clickLink', given, answer.html(given.selector ?? 'a[href]').attr('href')),
  };
}
function goOn(answer, how, given, reference) {
  const call = callOf('', resolved(answer.url, reference ?? ''), null, given.params);
  const next = answer[how](call.params === undefined ? given : { ...given, params: call.params });
  return follow(next, { ...call, method: next.request.method, body: next.request.body });
}
`;

const wsText = `const ws = require('k6/ws');
const { connect } = ws;
ws.connect = (url, ...rest) =>
  isTargetName(url) ? connect(url, added(rest.length > 1 ? rest[0] : {}, 'headers'), rest[rest.length - 1]) : connect(url, ...rest);
`;

/** Classes, since k6 turns a function that is put into a module of its own into one that makes no objects. */
const grpcText = `const grpc = require('k6/net/grpc');
const { Client: OwnClient, Stream: OwnStream } = grpc;
const clients = new WeakMap();
grpc.Client = class Client {
  constructor() {
    const client = new OwnClient();
    const state = { client, params: (given) => given };
    const own = {
      connect: (address, params) => {
        const isKnown = isTargetName(address);
        state.params = (given) => (isKnown ? added(given, 'metadata') : given);
        return client.connect(address, isKnown && params && params.reflect ? added(params, 'reflectMetadata') : params);
      },
      invoke: (method, message, params) => client.invoke(method, message, state.params(params)),
      asyncInvoke: (method, message, params) => client.asyncInvoke(method, message, state.params(params)),
    };
    const shownClient = new Proxy({}, { get: (_, key) => (Object.hasOwn(own, key) ? own[key] : client[key]) });
    clients.set(shownClient, state);
    return shownClient;
  }
};
grpc.Stream = class Stream {
  constructor(given, method, params) {
    const state = clients.get(given);
    return state === undefined ? new OwnStream(given, method, params) : new OwnStream(state.client, method, state.params(params));
  }
};
`;

/**
 * Only a route knows where a request goes; headers of a page or a context are sent to every host. Without `await`,
 * which makes k6 take some files for ECMAScript modules.
 */
const browserText = `const { browser } = require('k6/browser');
const escaped = hosts.map((host) => host.replace(/[.*+?^\${}()|[\\]\\\\]/g, '\\\\$&')).join('|');
// k6 puts the expression into code again, where a bare slash would end it.
const toTarget = new RegExp('^https?:\\\\/\\\\/(?:[^\\\\/?#@]*@)?(?:' + escaped + ')(?:[\\\\/?#]|$)', 'i');
const open = new Set();
function routed(page) {
  const { close } = page;
  open.add(page);
  page.close = (...rest) => {
    open.delete(page);
    return close(...rest);
  };
  const sent = (route) => route.continue({ headers: { ...route.request().headers(), ...header } });
  return page.route(toTarget, sent).then(() => page);
}
function withPages(context) {
  const { newPage } = context;
  context.newPage = (...rest) => newPage(...rest).then(routed);
  return context;
}
const { newContext, context } = browser;
withPages(browser);
browser.newContext = (...rest) => newContext(...rest).then(withPages);
browser.context = () => {
  const current = context();
  return current && withPages(current);
};
// k6 waits for ever for a page that has a route and that nobody closes.
function closePages() {
  const pages = [...open];
  open.clear();
  return Promise.all(pages.map((page) => page.close().catch(() => {})));
}
exports.around = (exported) => {
  if (typeof exported !== 'function') return exported;
  return (...rest) => {
    const result = exported(...rest);
    if (!result || typeof result.then !== 'function') return result;
    const fail = (error) => closePages().then(() => Promise.reject(error));
    return result.then((value) => closePages().then(() => value), fail);
  };
};
`;

function webSocketText(module: string): string {
  return `import { withHeader } from './header.js';
import * as original from '${module}';
export * from '${module}';
function WebSocket(url, protocols, params) {
  return new original.WebSocket(url, protocols, withHeader(url, params));
}
export { WebSocket };
export default { ...original, WebSocket };
`;
}
