import { once } from 'node:events';
import { createWriteStream, existsSync, statSync } from 'node:fs';

/**
 * Writes what `k6 run --out json=FILE` (2.2.0) writes for `requests` requests at 1000/s: line shapes, order and metrics
 * are those of a real run (test/fixtures/k6), 13 lines and about 3.2 kB a request. An existing file of that size is kept.
 */
export async function writeK6Json(file, requests) {
  if (existsSync(file) && statSync(file).size > requests * 2500) return;
  const out = createWriteStream(file, { highWaterMark: 4 << 20 });
  out.write(metricLines());
  let batch = '';
  for (let i = 0; i < requests; i++) {
    batch += requestLines(i);
    if (batch.length < 1 << 20) continue;
    if (!out.write(batch)) await once(out, 'drain');
    batch = '';
  }
  out.end(batch);
  await once(out, 'finish');
}

const phases = ['blocked', 'connecting', 'tls_handshaking', 'sending', 'waiting', 'receiving'];
const startMs = Date.UTC(2026, 10, 25, 1, 21, 26);
const endpoints = [
  ['GET', 'http://127.0.0.1:18977/items?page=', 200],
  ['GET', 'http://127.0.0.1:18977/items/', 200],
  ['GET', 'http://127.0.0.1:18977/search?q=', 200],
  ['POST', 'http://127.0.0.1:18977/cart', 201],
  ['POST', 'http://127.0.0.1:18977/checkout', 201],
  ['GET', 'http://127.0.0.1:18977/health', 200],
];

function metricLines() {
  const metric = (name, type, contains) =>
    `${JSON.stringify({ type: 'Metric', data: { name, type, contains, thresholds: [], submetrics: null }, metric: name })}\n`;
  return (
    metric('http_reqs', 'counter', 'default') +
    metric('http_req_duration', 'trend', 'time') +
    metric('http_req_failed', 'rate', 'default') +
    phases.map((phase) => metric(`http_req_${phase}`, 'trend', 'time')).join('') +
    metric('data_sent', 'counter', 'data') +
    metric('data_received', 'counter', 'data') +
    metric('iteration_duration', 'trend', 'time') +
    metric('iterations', 'counter', 'default')
  );
}

/** One iteration of one request, with a spread of durations and, once in a hundred, a failure. */
function requestLines(i) {
  const [method, stem, okStatus] = endpoints[i % endpoints.length];
  const url = /[/=]$/u.test(stem) ? stem + ((i * 7919) % 500) : stem;
  const isFailed = i % 100 === 99;
  const status = isFailed ? 503 : okStatus;
  const error = isFailed ? '"error_code":"1503",' : '';
  const tags = `{${error}"expected_response":"${!isFailed}","group":"","method":"${method}","name":"${url}","proto":"HTTP/1.1","scenario":"browse","status":"${status}","url":"${url}"}`;
  const plain = '{"group":"","scenario":"browse"}';
  const time = `${new Date(startMs + i).toISOString().slice(0, -1)}${String((i * 104_729) % 1_000_000).padStart(6, '0')}Z`;
  const duration = ((2_000_000 + ((i * 48_271) % 9_999_991) * (1 + (i % 17 === 0 ? 8 : 0))) / 1e6).toFixed(6);
  const point = (metric, value, of) =>
    `{"metric":"${metric}","type":"Point","data":{"time":"${time}","value":${Number(value)},"tags":${of}}}\n`;
  return (
    point('http_reqs', 1, tags) +
    point('http_req_duration', duration, tags) +
    point('http_req_blocked', 0.003157, tags) +
    point('http_req_connecting', 0, tags) +
    point('http_req_tls_handshaking', 0, tags) +
    point('http_req_sending', 0.018721, tags) +
    point('http_req_waiting', (duration - 0.05).toFixed(6), tags) +
    point('http_req_receiving', 0.031279, tags) +
    point('http_req_failed', isFailed ? 1 : 0, tags) +
    point('data_sent', 121, plain) +
    point('data_received', 1184, plain) +
    point('iteration_duration', (Number(duration) + 0.07).toFixed(6), plain) +
    point('iterations', 1, plain)
  );
}
