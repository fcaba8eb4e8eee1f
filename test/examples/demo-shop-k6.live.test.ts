import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shop, startShop } from '../../examples/demo-shop/start-shop.ts';
import { k6Binary } from '../support/k6-binary.ts';

const run = promisify(execFile);
const script = (name: string) => fileURLToPath(new URL(`../../k6-scripts/${name}`, import.meta.url));

const ENDPOINTS = [
  'GET /carts/:id',
  'GET /products',
  'GET /products/:id',
  'GET /products/:id/recommendations',
  'GET /reports/sales',
  'GET /search',
  'GET /users/:id/orders',
  'POST /carts/:id/items',
  'POST /checkout',
  'POST /login',
];

/** What `causes.js` asks besides. */
const FURTHER_ENDPOINTS = ['GET /categories', 'GET /home', 'GET /products/export', 'GET /reports/stock'];

let shop: Shop;
let folder: string;
beforeAll(async () => {
  shop = await startShop({ port: 0 });
  folder = await mkdtemp(join(tmpdir(), 'demo-shop-k6-'));
});
afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true });
});

describe.each(['2.2.0', '1.8.1'] as const)('k6 %s', (version) => {
  it.each([
    ['steady.js', ENDPOINTS, 40],
    ['causes.js', [...ENDPOINTS, ...FURTHER_ENDPOINTS], 56],
  ] as const)(
    'runs %s with every check passing and equal numbers of requests to its endpoints',
    async (name, endpoints, rate) => {
      const points = join(folder, `${version}-${name}.json`);
      const flags = ['--quiet', '--no-usage-report', '--out', `json=${points}`];
      const address = version.startsWith('1.') ? ['--address', ''] : [];
      const env = { ...process.env, BASE_URL: shop.url, RATE: String(rate), DURATION: '4s' };
      await run(await k6Binary(version), ['run', ...flags, ...address, script(name)], { env });
      const { requests, checks } = await readPoints(points);
      expect([...requests.keys()].toSorted()).toEqual([...endpoints].toSorted());
      for (const count of requests.values()) {
        expect(count).toBeGreaterThanOrEqual(15);
        expect(count).toBeLessThanOrEqual(17);
      }
      expect(checks.length).toBeGreaterThan(150);
      expect(checks.every((value) => value === 1)).toBe(true);
    },
  );

  it.each([
    ['steady.js', 'constant-arrival-rate'],
    ['causes.js', 'constant-arrival-rate'],
    ['peak.js', 'ramping-arrival-rate'],
    ['spike.js', 'ramping-arrival-rate'],
    ['soak.js', 'constant-arrival-rate'],
  ])('accepts the options of %s, an open model as its header says', async (name, executor) => {
    const { stdout } = await run(await k6Binary(version), ['inspect', '--execution-requirements', script(name)]);
    const { scenarios } = JSON.parse(stdout) as { scenarios: Record<string, { executor: string }> };
    expect(Object.values(scenarios).map((scenario) => scenario.executor)).toEqual([executor]);
    const header = (await readFile(script(name), 'utf8')).split('*/')[0];
    for (const part of ['Model:   open', 'Rate:', 'Warm-up:']) expect(header).toContain(part);
  });
});

/** Requests by endpoint and the values of all checks in k6's JSON output. */
async function readPoints(path: string) {
  const requests = new Map<string, number>();
  const checks: number[] = [];
  for (const line of (await readFile(path, 'utf8')).trimEnd().split('\n')) {
    const { type, metric, data } = JSON.parse(line);
    if (type !== 'Point') continue;
    if (metric === 'checks') checks.push(data.value);
    // What a script asks once, before its visitors come.
    if (metric !== 'http_reqs' || data.tags.group === '::setup') continue;
    const endpoint = `${data.tags.method} ${data.tags.name.replace(shop.url, '').replace(/\?.*/, '')}`;
    requests.set(endpoint, (requests.get(endpoint) ?? 0) + 1);
  }
  return { requests, checks };
}
