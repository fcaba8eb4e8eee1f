import { type ScriptedTarget, startScriptedTarget } from '../scripted-target.ts';

/** A service that answers everything after 700 ms, and its items after as long as a test says. */
export interface SlowShop extends Pick<ScriptedTarget, 'url' | 'requests' | typeof Symbol.asyncDispose> {
  itemDelayMs: number;
  /** Which requests take as long as that. */
  slowPath: string;
}

/** So long that the tens of milliseconds that a crowded machine adds are few per cent. */
const usualDelayMs = 700;

export const slowDelayMs = 1500;

/** The same as a program that a job starts, on the port that PORT says. */
export function slowShopProgram(itemDelayMs = usualDelayMs): string {
  return `import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const delayMs = request.url.startsWith('/items/') ? ${itemDelayMs} : ${usualDelayMs};
  setTimeout(() => response.end('{}'), delayMs);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
`;
}

export async function startSlowShop(itemDelayMs = usualDelayMs): Promise<SlowShop> {
  const delays = { itemDelayMs, slowPath: '/items/' };
  const target = await startScriptedTarget({ kind: 'ok' }, (request, response) => {
    const delayMs = request.url?.includes(delays.slowPath) ? delays.itemDelayMs : usualDelayMs;
    setTimeout(() => response.end('{}'), delayMs);
    return true;
  });
  return Object.assign(delays, {
    url: target.url,
    requests: target.requests,
    [Symbol.asyncDispose]: target[Symbol.asyncDispose],
  });
}

const loadScript = `import http from 'k6/http';

const steady = { executor: 'constant-arrival-rate', rate: 40, duration: '6s', preAllocatedVUs: 70 };

export const options = { scenarios: { start: { ...steady, exec: 'start' }, items: { ...steady, exec: 'items' } } };

export function start() {
  http.get(\`\${__ENV.BASE_URL}/start\`);
}

export function items() {
  http.get(\`\${__ENV.BASE_URL}/items/\${1 + Math.floor(Math.random() * 50)}\`);
}
`;

/** Margins beyond what a crowded machine adds, and far below what `slowDelayMs` adds. */
const settings = `max-p50-increase: 20%
max-p95-increase: 25%
max-p99-increase: 50%
warm-up: 500ms
block-length: 1s
time-budget: 20s
inspect: never
`;

/** The files of a repository with a load test of six seconds, or of twenty at most beside another deployment. */
export const loadFiles = { 'load/checkout.js': loadScript, '.tailgate.yml': settings };
