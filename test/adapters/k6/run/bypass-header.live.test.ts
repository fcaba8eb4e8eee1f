import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { requestsOf } from '../../../../src/core/run-record/run-record.ts';
import { encodeRunRecord } from '../../../../src/core/run-record/run-record-codec.ts';
import { browserForK6 } from '../../../support/a-browser.ts';
import { startGrpcTarget } from '../../../support/grpc-target.ts';
import { k6Fixtures, measureScript, recordOf, scriptFolder } from '../../../support/measure-script.ts';
import { startScriptedTarget } from '../../../support/scripted-target.ts';

const bypassHeader = { name: 'x-bypass', value: 'let-me-in-7' };

/** Calls of every kind that lead on to further ones: forms, links, redirects, sockets. */
const journey = `import http, { batch } from 'k6/http';
import { connect } from 'k6/ws';
import { WebSocket } from 'k6/websockets';
export const options = { vus: 1, iterations: 1, noCookiesReset: true };
const { BASE_URL: base, OTHER_URL: other } = __ENV;
export default async function () {
  const page = http.get(base + '/shop/page');
  page.submitForm({ formSelector: '#own', fields: { amount: 2 } });
  page.submitForm({ formSelector: '#other', params: { tags: { name: 'foreign form' } } });
  page.clickLink({ selector: '#relative' }).submitForm();
  page.clickLink({ selector: '#other-link' });
  http.get(base + '/to-own', { headers: { Authorization: 'Bearer own' } });
  http.get(base + '/to-other', { headers: { Authorization: 'Bearer own', 'X-Kept': '1' } });
  http.post(base + '/to-see', 'gone', { tags: { name: 'see other' } });
  http.put(base + '/to-kept', 'kept');
  http.get(http.url\`\${base}/to-own?\${1}\`);
  http.get(base + '/to-own', { redirects: 0 });
  http.get(base + '/loop', { redirects: 3 });
  batch([base + '/to-own', ['GET', base + '/to-other'], { method: 'POST', url: other + '/direct', body: 'b' }]);
  await http.asyncRequest('GET', base + '/to-own');
  connect(base.replace('http', 'ws') + '/socket', null, (socket) => socket.close());
  await new Promise((done) => (new WebSocket(base.replace('http', 'ws') + '/socket-2').onclose = done));
}`;

/** A shop whose pages lead to itself and to another host; tells what it was asked, and by whom. */
async function startShop(otherUrl: () => string) {
  const asked: string[] = [];
  const unknown: string[] = [];
  const note = ({ method, url = '', headers }: IncomingMessage, body: string) => {
    if (url === '/') return;
    const told = ['authorization', 'x-kept', 'referer', 'content-type'].map((key) => headers[key] ?? '-').join(' ');
    asked.push(`${method} ${url} ${body} ${told}`.replaceAll(/127\.0\.0\.1:\d+/g, 'host'));
    if (headers['x-bypass'] !== bypassHeader.value) unknown.push(`${method} ${url}`);
  };
  const redirects: Record<string, () => [number, string]> = {
    '/to-own': () => [302, 'shop/../final?a=1'],
    '/to-other': () => [301, `${otherUrl()}/landed`],
    '/to-see': () => [303, '/seen'],
    '/to-kept': () => [307, '/kept'],
    '/loop': () => [302, '/loop'],
  };
  const target = await startScriptedTarget(
    { kind: 'ok' },
    (request, response) => {
      void text(request).then((body) => {
        note(request, body);
        const [path = ''] = (request.url ?? '').split('?');
        const [status, location] = redirects[path]?.() ?? [200, ''];
        response.writeHead(status, { 'content-type': 'text/html', ...(location !== '' && { location }) });
        response.end(`<form id="own" method="POST" action="../buy"><input name="crumb" value="c1"></form>
          <form id="other" method="post" action="${otherUrl()}/pay"></form>
          <a id="relative" href="?page=2">on</a> <a id="other-link" href="${otherUrl()}/ads">ads</a>`);
      });
      return true;
    },
    (request, socket) => {
      note(request, 'socket');
      closeWebSocket(request, socket);
    },
  );
  return { target, asked, unknown };
}

describe.each(['2.2.0', '1.8.1'] as const)('the bypass header, with k6 %s', (version) => {
  it('goes along with forms, links, redirects and WebSockets of the target and of no other host, and changes nothing else', async () => {
    const other = await startShop(() => 'http://unused.invalid');
    const shop = await startShop(() => other.target.url);
    await using _ = other.target;
    await using target = shop.target;
    await using folder = await scriptFolder({ 'journey.js': journey });
    const given = {
      url: target.url,
      version,
      scripts: ['journey.js'],
      directory: folder.path,
      env: { OTHER_URL: other.target.url },
    };
    const without = recordOf(await measureScript(given));
    const askedWithout = [shop.asked.splice(0), other.asked.splice(0)];
    shop.unknown.length = 0;
    const { measurement, log } = await measureScript({ ...given, bypassHeader });
    const record = recordOf({ measurement });

    expect(record.exit).toEqual(without.exit);
    expect(shop.unknown).toEqual([]);
    expect(new Set(other.unknown)).toEqual(new Set(['POST /pay', 'GET /ads', 'GET /landed', 'POST /direct']));
    expect([shop.asked, other.asked].map(sorted)).toEqual(askedWithout.map(sorted));
    const counts = ({ endpoints }: typeof record) => endpoints.map((series) => [series.endpoint, requestsOf(series)]);
    expect(counts(record)).toEqual(counts(without));
    expect(`${encodeRunRecord(record)}${log.lines.join()}`).not.toContain(bypassHeader.value);
  });

  it('is metadata of gRPC calls and streams, whichever way the client is imported', async () => {
    await using target = await startGrpcTarget();
    await using folder = await scriptFolder({
      'calls.js': `import grpc, { Client, Stream, StatusOK } from 'k6/net/grpc';
const client = new Client(), another = new grpc.Client();
for (const one of [client, another]) one.load(['${k6Fixtures}/proto'], 'greeter.proto');
export const options = { vus: 1, iterations: 1 };
export default async function () {
  client.connect(__ENV.BASE_URL.replace('http://', ''), { plaintext: true });
  const { status } = client.invoke('greet.Greeter/Hello', { name: 'a' }, { metadata: { own: '1' } });
  if (status !== StatusOK) throw new Error('status ' + status);
  await client.asyncInvoke('/greet.Greeter/Hello', { name: 'b' });
  const stream = new Stream(client, 'greet.Greeter/Hellos', { tags: { name: 'all' } });
  await new Promise((done) => { stream.on('end', done); stream.write({ name: 'c' }); stream.end(); });
  another.connect(__ENV.BASE_URL.replace('http://', ''), { plaintext: true });
  another.invoke('greet.Greeter/Hello', { name: 'd' }, { metadata: { own: '2' } });
}`,
    });
    const given = { url: `http://${target.address}`, version, bypassHeader };
    const record = recordOf(await measureScript({ ...given, scripts: ['calls.js'], directory: folder.path }));
    expect(record.exit.message).toBeUndefined();
    expect(record.exit).toMatchObject({ thrownIterations: 0, code: 0 });
    expect(target.received.map(({ method, metadata }) => [method, metadata['x-bypass'], metadata['own']])).toEqual([
      ['Hello', 'let-me-in-7', '1'],
      ['Hello', 'let-me-in-7', undefined],
      ['Hellos', 'let-me-in-7', undefined],
      ['Hello', 'let-me-in-7', '2'],
    ]);
  });
});

describe('the bypass header of a browser', () => {
  it('goes along with its requests to the target, and to no other host', async () => {
    const asked: string[] = [];
    const answer = (name: string, otherUrl: string) => (request: IncomingMessage, response: ServerResponse) => {
      asked.push(`${name} ${request.url} ${request.headers['x-bypass']}`);
      const away = request.url === '/away';
      response.writeHead(away ? 302 : 200, {
        'content-type': 'text/html',
        ...(away && { location: `${otherUrl}/landed` }),
      });
      response.end(`<img src="/own.png"><img src="${otherUrl}/foreign.png">`);
      return true;
    };
    await using other = await startScriptedTarget({ kind: 'ok' }, answer('other', ''));
    await using target = await startScriptedTarget({ kind: 'ok' }, answer('target', other.url));
    await using folder = await scriptFolder({
      'visit.js': `import { browser } from 'k6/browser';
export const options = { scenarios: { ui: { executor: 'shared-iterations', options: { browser: { type: 'chromium' } } } } };
export default async function () {
  const page = await browser.newPage();
  await page.goto(__ENV.BASE_URL + '/page');
  await page.close();
  await browser.closeContext();
  const context = await browser.newContext();
  const second = await context.newPage();
  await second.goto(__ENV.BASE_URL + '/away');
  await context.close();
  await (await browser.newPage()).goto(__ENV.BASE_URL + '/left-open');
}`,
    });
    const environment = await browserForK6();
    const scripts = ['visit.js'];
    const { measurement } = await measureScript({
      url: target.url,
      scripts,
      directory: folder.path,
      environment,
      bypassHeader,
    });
    expect(recordOf({ measurement }).exit).toMatchObject({ thrownIterations: 0, code: 0 });
    const called = asked.filter((line) => /page|png|away|landed|left/.test(line));
    expect(new Set(called)).toEqual(
      new Set([
        ...[
          'target /page let-me-in-7',
          'target /own.png let-me-in-7',
          'target /away let-me-in-7',
          'target /left-open let-me-in-7',
        ],
        ...['other /foreign.png undefined', 'other /landed undefined', 'other /own.png undefined'],
      ]),
    );
  });
});

/** Calls of a batch arrive in any order. */
const sorted = (asked: readonly string[]) => [...asked].sort();

/** Accepts a WebSocket and closes it at once (RFC 6455, sections 4.2.2 and 5.5.1). */
function closeWebSocket(request: IncomingMessage, socket: Duplex): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.end(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
}
