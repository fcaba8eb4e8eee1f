// The demo shop behind a front door that can misbehave, as a process of its own. Orders come over the channel that
// child_process opens ("ipc"); without it, or when the other end is gone, the program ends.
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { seededRandom } from '../../examples/demo-shop/seeded-random.ts';
import { startShop } from '../../examples/demo-shop/start-shop.ts';
import { parseSwitches } from '../../examples/demo-shop/switches.ts';
import { loginPage, type ShopBehavior, type ShopOrder, type ShopReply, soundBehavior } from './faulty-shop-behavior.ts';

let behavior: ShopBehavior = soundBehavior;
let requests = 0;
let waiting: { readonly id: number; readonly atRequests: number }[] = [];
const random = seededRandom(7);
const agent = new Agent({ keepAlive: true });

process.on('disconnect', () => process.exit());
process.on('message', (order: ShopOrder) => {
  if (order.kind === 'wait-for-requests') waiting.push({ id: order.id, atRequests: requests + order.requests });
  else {
    behavior = { ...behavior, ...order.change };
    reply(order.id);
  }
});

const shop = await startShop({ port: 0, switches: parseSwitches(process.env) });
const door = createServer((request, response) => {
  requests++;
  for (const { id } of waiting.filter(({ atRequests }) => requests >= atRequests)) reply(id);
  waiting = waiting.filter(({ atRequests }) => requests < atRequests);
  response.setHeader('x-version', behavior.version);
  if (!answerInstead(request, response)) passOn(request, response);
});
door.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${(door.address() as AddressInfo).port}\n`);
});
shareTheCpu();

function reply(id: number): void {
  process.send?.({ id, requests } satisfies ShopReply);
}

/** Whether the front door answered by itself. */
function answerInstead(request: IncomingMessage, response: ServerResponse): boolean {
  const { answers, version } = behavior;
  const say = (status: number, type: string, body: string, headers = {}) => {
    request.resume();
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
    return true;
  };
  switch (answers.kind) {
    case 'status':
      if (random() >= (answers.share ?? 1)) break;
      return say(answers.status, 'application/json', `{"error":"status ${answers.status}"}`);
    case 'redirect-to-login':
      if (request.method === 'GET' && request.url === '/login') return say(200, 'text/html', loginPage);
      return say(302, 'text/plain', '', { location: '/login' });
    case 'login-page':
      return say(200, 'text/html', loginPage);
    case 'shop':
      break;
  }
  return request.url === '/version' ? say(200, 'application/json', JSON.stringify({ version })) : false;
}

function passOn(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const inner = send(`${shop.url}${url}`, { method, headers, agent }, (answer) => {
    const { connection, 'keep-alive': keepAlive, 'content-length': length, ...passed } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, passed);
    answer.pipe(response, { end: false });
    answer.on('end', () => response.end(' '.repeat(behavior.addedBytes)));
  });
  inner.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on('close', () => inner.destroy());
  request.pipe(inner);
}

/** Stands still in proportion to the time worked, as a container with too small a CPU quota does. */
function shareTheCpu(): void {
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
  let last = performance.eventLoopUtilization();
  setInterval(() => {
    const workedMs = performance.eventLoopUtilization(last).active;
    const { cpuShare } = behavior;
    if (cpuShare < 1) Atomics.wait(nobodyWakes, 0, 0, workedMs * (1 / cpuShare - 1));
    last = performance.eventLoopUtilization();
  }, 5);
}
