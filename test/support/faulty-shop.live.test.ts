import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyPair, type FaultyShop, startFaultyPair } from './faulty-shop.ts';
import { soundBehavior } from './faulty-shop-behavior.ts';
import { isRunning } from './is-running.ts';
import { k6Binary } from './k6-binary.ts';
import { startOwned } from './owned-process.ts';
import { k6ProcessesFor, stallProcess } from './process-faults.ts';
import { runNode } from './spawn-and-wait.ts';

let pair: FaultyPair;
let baseline: FaultyShop;
let candidate: FaultyShop;

beforeAll(async () => {
  const switches = { SHOP_DB_ROUND_TRIP_MS: '0', SHOP_CPU_MS: '3' };
  pair = await startFaultyPair({ baseline: switches, candidate: switches });
  ({ baseline, candidate } = pair);
});
afterEach(async () => {
  await candidate.behave(soundBehavior);
  for (const { url } of [baseline, candidate]) expect((await fetch(`${url}/products/7`)).status).toBe(200);
});
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]();
});

async function statuses(shop: FaultyShop, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i++) {
    const response = await fetch(`${shop.url}/products/${i + 1}`, { redirect: 'manual' });
    await response.arrayBuffer();
    seen.push(response.status);
  }
  return seen;
}

async function bytesOfCart(shop: FaultyShop): Promise<number> {
  return (await (await fetch(`${shop.url}/carts/1`)).arrayBuffer()).byteLength;
}

describe('startFaultyPair', () => {
  it('starts two shops that answer alike', async () => {
    const answers = [baseline, candidate].map(async ({ url }) => (await fetch(`${url}/products/7`)).text());
    const [ofBaseline, ofCandidate] = await Promise.all(answers);
    expect(ofCandidate).toBe(ofBaseline);
    expect(ofBaseline).toContain('"id":7');
    expect(candidate.url).not.toBe(baseline.url);
  });

  it('answers a share of requests with a status, on one side only', async () => {
    await candidate.behave({ answers: { kind: 'status', status: 503, share: 0.5 } });
    const failed = (await statuses(candidate, 60)).filter((status) => status === 503).length;
    expect(failed).toBeGreaterThan(10);
    expect(failed).toBeLessThan(50);
    expect(new Set(await statuses(baseline, 10))).toEqual(new Set([200]));
    await candidate.behave({ answers: { kind: 'status', status: 500 } });
    expect(new Set(await statuses(candidate, 10))).toEqual(new Set([500]));
  });

  it('sends everything on to a login page, or shows it', async () => {
    await candidate.behave({ answers: { kind: 'redirect-to-login' } });
    const redirected = await fetch(`${candidate.url}/checkout`, { method: 'POST', body: '{}' });
    expect(redirected).toMatchObject({ status: 200, redirected: true, url: `${candidate.url}/login` });
    expect(await redirected.text()).toContain('Sign in');
    expect(await statuses(candidate, 1)).toEqual([302]);
    await candidate.behave({ answers: { kind: 'login-page' } });
    const shown = await fetch(`${candidate.url}/products/7`);
    expect(shown).toMatchObject({ status: 200, redirected: false });
    expect(await shown.text()).toContain('Sign in');
  });

  it('becomes another version', async () => {
    const versionOf = async ({ url }: FaultyShop) => {
      const response = await fetch(`${url}/version`);
      return [response.headers.get('x-version'), ((await response.json()) as { version: string }).version];
    };
    await candidate.behave({ version: '2' });
    expect([await versionOf(baseline), await versionOf(candidate)]).toEqual([
      ['1', '1'],
      ['2', '2'],
    ]);
    expect((await fetch(`${candidate.url}/products/7`)).headers.get('x-version')).toBe('2');
  });

  it('tells when requests have come', async () => {
    const before = await candidate.requests();
    let isTold = false;
    const told = candidate.afterRequests(3).then(() => {
      isTold = true;
    });
    await statuses(candidate, 2);
    expect(await candidate.requests()).toBe(before + 2);
    expect(isTold).toBe(false);
    await statuses(candidate, 1);
    await told;
  });

  it('takes twice as long for CPU work with half the CPU', async () => {
    const timeMs = async () => {
      const began = performance.now();
      await statuses(candidate, 60);
      return performance.now() - began;
    };
    const wholeMs = await timeMs();
    await candidate.behave({ cpuShare: 0.5 });
    const ratio = (await timeMs()) / wholeMs;
    expect(ratio).toBeGreaterThan(1.4);
    expect(ratio).toBeLessThan(4);
  });

  it('dies on one side, and is replaced at the same address with fresh data', async () => {
    await candidate.growCarts({ carts: 1, productsPerCart: 5 });
    const grownBytes = await bytesOfCart(candidate);
    await candidate.die();
    await expect(fetch(`${candidate.url}/products/7`)).rejects.toThrow();
    expect(await statuses(baseline, 3)).toEqual([200, 200, 200]);
    await expect(candidate.requests()).rejects.toThrow();
    await candidate.replace();
    expect(await bytesOfCart(candidate)).toBeLessThan(grownBytes);
    expect(await statuses(candidate, 3)).toEqual([200, 200, 200]);
  });

  it('tells that it died while requests were waited for', async () => {
    const waiting = expect(candidate.afterRequests(1_000)).rejects.toThrow(/died before it could wait-for-requests/);
    await candidate.die();
    await waiting;
    await candidate.replace();
  });

  it('answers nothing while it is stalled, and everything afterwards', async () => {
    const stall = candidate.stall();
    let isAnswered = false;
    const asked = statuses(candidate, 1).finally(() => {
      isAnswered = true;
    });
    await sleep(300);
    expect(isAnswered).toBe(false);
    stall[Symbol.dispose]();
    expect(await asked).toEqual([200]);
  });

  it('has more data on one side only', async () => {
    const [ofBaseline, ofCandidate] = await Promise.all([bytesOfCart(baseline), bytesOfCart(candidate)]);
    expect(ofCandidate).toBe(ofBaseline);
    await candidate.growCarts({ carts: 3, productsPerCart: 20 });
    expect((await bytesOfCart(candidate)) / ofBaseline).toBeGreaterThan(5);
    expect(await bytesOfCart(baseline)).toBe(ofBaseline);
  });

  it('has longer answers that say the same', async () => {
    const before = await (await fetch(`${candidate.url}/products/7`)).text();
    await candidate.behave({ addedBytes: 5_000 });
    const after = await (await fetch(`${candidate.url}/products/7`)).text();
    expect(after.length).toBe(before.length + 5_000);
    expect(JSON.parse(after)).toEqual(JSON.parse(before));
  });

  it.each([
    ['ends', 'process.exit(1)'],
    ['throws', "throw new Error('as a failing test')"],
  ])('leaves no process behind when the program that started it %s', async (_how, end) => {
    const rig = JSON.stringify(join(import.meta.dirname, 'faulty-shop.ts'));
    const text = `import { readFileSync } from 'node:fs';
      const { startFaultyPair } = await import(${rig});
      await startFaultyPair();
      console.log(readFileSync('/proc/self/task/' + process.pid + '/children', 'latin1'));
      ${end}`;
    const { code, stdout } = await runNode(['--input-type=module', '--eval', text]);
    expect(code).toBe(1);
    const pids = stdout.trim().split(' ').map(Number);
    expect(pids).toHaveLength(3);
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  });
});

describe('k6ProcessesFor', () => {
  it('finds the k6 that loads one side, so that it can be stalled', async () => {
    const script = join(import.meta.dirname, '../../k6-scripts/steady.js');
    await using k6 = await startOwned(await k6Binary(), ['run', '-q', script], {
      env: { ...process.env, BASE_URL: candidate.url, RATE: '40', DURATION: '60s', K6_NO_USAGE_REPORT: 'true' },
    });
    await candidate.afterRequests(10);
    expect(k6ProcessesFor(candidate.url)).toEqual([k6.pid]);
    expect(k6ProcessesFor(baseline.url)).toEqual([]);
    const stall = stallProcess(k6.pid);
    const before = await candidate.requests();
    await sleep(500);
    // What was on its way when it was stalled still arrives: less than one request of each visitor.
    expect((await candidate.requests()) - before).toBeLessThan(10);
    stall[Symbol.dispose]();
    await candidate.afterRequests(10);
  });
});
