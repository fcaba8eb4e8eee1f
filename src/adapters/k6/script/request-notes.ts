import * as v from 'valibot';

/** One request that the script made, as its wrapper wrote it down. From outside. */
export type RequestNote = v.InferOutput<typeof noteSchema>;

const texts = v.record(v.string(), v.string());

const noteSchema = v.object({
  method: v.string(),
  url: v.string(),
  /** What the script calls it; absent: it goes by its URL. */
  name: v.optional(v.string()),
  /** All tags that the script gave it. */
  tags: v.optional(v.record(v.string(), v.string()), {}),
  scenario: v.optional(v.string()),
  status: v.number(),
  requestHeaders: texts,
  headers: texts,
  durationMs: v.number(),
  receivingMs: v.number(),
  /** Of the body as the script got it; absent where it was discarded. */
  bytes: v.optional(v.number()),
  /** Tells bodies apart; absent where it was discarded. */
  bodyHash: v.optional(v.string()),
  /** Unix ms at which the answer was there. */
  endedAtMs: v.number(),
});

/** Undefined for a text that isn't a note. */
export function parseNote(text: string): RequestNote | undefined {
  try {
    const parsed = v.safeParse(noteSchema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A module that, loaded before the script, writes down what the script asks and is answered: up to `maxNotes` requests of a
 * virtual user, of one method and name at most `maxAlike`. Headers may hold secrets: notes go to this process alone.
 *
 * It changes no request. Requests of `setup()` and `teardown()` belong to no scenario and are left out.
 */
export function noteTakingModule(options: {
  readonly marker: string;
  readonly maxNotes: number;
  readonly maxAlike: number;
}): string {
  return `const http = require('k6/http');
const execution = require('k6/execution');
const write = console.log;
const stringify = JSON.stringify;
let left = ${options.maxNotes};
const alike = {};
// FNV-1a: enough to see whether an answer changed.
const hashOf = (text) => {
  let value = 0x811c9dc5;
  const step = Math.max(1, Math.floor(text.length / 4096));
  for (let i = 0; i < text.length; i += step) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return text.length + '-' + (value >>> 0).toString(16);
};
const flat = (headers) => {
  const all = {};
  for (const key of Object.keys(headers || {})) {
    const value = headers[key];
    all[key.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return all;
};
const scenarioName = () => {
  try {
    return execution.scenario.name;
  } catch (_) {
    return undefined;
  }
};
function note(answer, url, params) {
  try {
    if (left <= 0 || !answer || !answer.request || !answer.timings) return answer;
    const scenario = scenarioName();
    if (scenario === undefined) return answer;
    const tags = {};
    const given = (params && params.tags) || {};
    for (const key of Object.keys(given)) tags[key] = String(given[key]);
    const name = tags.name || (url && typeof url === 'object' && url.name ? String(url.name) : undefined);
    const { method, url: asked, headers } = answer.request;
    const key = method + ' ' + (name || asked);
    if ((alike[key] = (alike[key] || 0) + 1) > ${options.maxAlike}) return answer;
    left -= 1;
    const { duration, receiving } = answer.timings;
    const body = answer.body;
    const bytes = typeof body === 'string' ? body.length : body && body.byteLength;
    write(${JSON.stringify(options.marker)} + stringify({
      method, url: asked, name, tags, scenario, status: answer.status, requestHeaders: flat(headers), headers: flat(answer.headers),
      durationMs: duration, receivingMs: receiving, ...(typeof bytes === 'number' && { bytes }),
      ...(typeof body === 'string' && { bodyHash: hashOf(body) }), endedAtMs: Date.now(),
    }));
  } catch (_) {
    // What can't be written down is not worth an iteration.
  }
  return answer;
}
for (const key of ['get', 'head']) {
  const send = http[key];
  http[key] = (url, params) => note(send(url, params), url, params);
}
for (const key of ['post', 'put', 'patch', 'del', 'options']) {
  const send = http[key];
  http[key] = (url, body, params) => note(send(url, body, params), url, params);
}
const { request, asyncRequest, batch } = http;
http.request = (method, url, body, params) => note(request(method, url, body, params), url, params);
http.asyncRequest = (method, url, body, params) => asyncRequest(method, url, body, params).then((answer) => note(answer, url, params));
http.batch = (requests) => {
  const answers = batch(requests);
  for (const key of Object.keys(requests)) {
    const one = requests[key];
    if (Array.isArray(one)) note(answers[key], one[1], one[3]);
    else note(answers[key], one && one.url && !one.clean_url ? one.url : one, one && one.params);
  }
  return answers;
};
exports.around = (exported) => exported;
`;
}
