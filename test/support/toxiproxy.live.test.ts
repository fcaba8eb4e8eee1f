import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isRunning } from './is-running.ts';
import { type ScriptedTarget, startScriptedTarget } from './scripted-target.ts';
import { type BadNetwork, startToxiproxy, type Toxic, type ToxicOptions, type Toxiproxy } from './toxiproxy.ts';

const body = 'x'.repeat(200_000);
let toxiproxy: Toxiproxy;
let server: ScriptedTarget;
let network: BadNetwork;

beforeAll(async () => {
  toxiproxy = await startToxiproxy();
  server = await startScriptedTarget({ kind: 'status', status: 200, body });
});
afterAll(async () => {
  await server?.die();
  await toxiproxy?.[Symbol.asyncDispose]();
});

interface Exchange {
  readonly bytes: number;
  readonly pieces: number;
  readonly end: 'closed' | 'reset' | 'refused';
  readonly toFirstByteMs: number;
  readonly toLastByteMs: number;
  readonly toEndMs: number;
}

/** One request on a TCP connection of its own, down to the bytes: HTTP clients hide what a network does. */
async function exchange(url = network.url, connection: 'close' | 'keep-alive' = 'close') {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const began = performance.now();
  const sinceMs = () => performance.now() - began;
  const seen = { bytes: 0, pieces: 0, toFirstByteMs: 0, toLastByteMs: 0, toEndMs: 0, end: 'closed' as Exchange['end'] };
  socket.on('data', (piece) => {
    if (seen.pieces++ === 0) seen.toFirstByteMs = sinceMs();
    seen.bytes += piece.length;
    seen.toLastByteMs = sinceMs();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    seen.end = error.code === 'ECONNREFUSED' ? 'refused' : 'reset';
  });
  socket.write(`GET / HTTP/1.1\r\nHost: shop\r\nConnection: ${connection}\r\n\r\n`);
  await once(socket, 'close').catch(() => once(socket, 'close'));
  return { ...seen, toEndMs: sinceMs() } satisfies Exchange;
}

/** `count` exchanges one after the other while the network has this fault. */
async function exchangesWith(count: number, toxic: Toxic, options?: ToxicOptions): Promise<Exchange[]> {
  await using _fault = await network.add(toxic, options);
  const seen: Exchange[] = [];
  for (let i = 0; i < count; i++) seen.push(await exchange());
  return seen;
}

async function exchangeWith(toxic: Toxic, options?: ToxicOptions): Promise<Exchange> {
  const [seen] = await exchangesWith(1, toxic, options);
  if (seen === undefined) throw new RangeError('no exchange');
  return seen;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

describe('startToxiproxy', () => {
  it('runs a server that is gone, with its port, when it is disposed of', async () => {
    const own = await startToxiproxy();
    const { url } = await own.proxyTo(server.url);
    expect((await fetch(url)).status).toBe(200);
    expect(isRunning(own.pid)).toBe(true);
    await own[Symbol.asyncDispose]();
    expect(isRunning(own.pid)).toBe(false);
    expect((await exchange(url)).end).toBe('refused');
  });
});

describe('proxyTo', () => {
  beforeAll(async () => {
    network = await toxiproxy.proxyTo(server.url);
  });
  afterEach(async () => {
    expect(await network.toxics()).toEqual([]);
    expect(await (await fetch(network.url)).text()).toBe(body);
  });

  it('passes everything on while there is no fault', async () => {
    expect(await exchange()).toMatchObject({ end: 'closed', bytes: (await exchange(server.url)).bytes });
  });

  it('delays data by the latency', async () => {
    const short = await exchangesWith(5, { type: 'latency', latencyMs: 100 });
    const long = await exchangesWith(5, { type: 'latency', latencyMs: 400 });
    const ratio = median(long.map((e) => e.toFirstByteMs)) / median(short.map((e) => e.toFirstByteMs));
    expect(ratio).toBeGreaterThan(2);
    expect(ratio).toBeLessThan(5);
  });

  it('lets jitter make some answers faster than the latency alone', async () => {
    const even = await exchangesWith(10, { type: 'latency', latencyMs: 50 });
    const uneven = await exchangesWith(30, { type: 'latency', latencyMs: 50, jitterMs: 50 });
    const fastest = (seen: readonly Exchange[]) => Math.min(...seen.map((e) => e.toFirstByteMs));
    expect(fastest(uneven) / fastest(even)).toBeLessThan(0.8);
  });

  it('takes longer in proportion to less bandwidth', async () => {
    const wide = await exchangeWith({ type: 'bandwidth', kilobytesPerSecond: 1000 });
    const narrow = await exchangeWith({ type: 'bandwidth', kilobytesPerSecond: 250 });
    expect(narrow.bytes).toBe(wide.bytes);
    expect(narrow.toLastByteMs / wide.toLastByteMs).toBeGreaterThan(2);
  });

  it('passes the data at once and the end of the connection late with slow_close', async () => {
    const early = await exchangeWith({ type: 'slow_close', delayMs: 150 });
    const late = await exchangeWith({ type: 'slow_close', delayMs: 900 });
    expect(late.bytes).toBe(early.bytes);
    expect((late.toEndMs - late.toLastByteMs) / (early.toEndMs - early.toLastByteMs)).toBeGreaterThan(2);
  });

  it('lets nothing pass with timeout, whichever way, and closes the connection at last', async () => {
    const before = server.requests.length;
    for (const stream of ['downstream', 'upstream'] as const) {
      await using _fault = await network.add({ type: 'timeout', timeoutMs: 100 }, { stream });
      expect(await exchange(network.url, 'keep-alive')).toMatchObject({ bytes: 0, end: 'closed' });
    }
    // The one that was lost on its way back.
    expect(server.requests.length).toBe(before + 1);
  });

  it('keeps a connection without an end with a timeout of 0, until the fault is removed', async () => {
    const fault = await network.add({ type: 'timeout', timeoutMs: 0 });
    const before = server.requests.length;
    let hasEnded = false;
    const asked = exchange(network.url, 'keep-alive').finally(() => {
      hasEnded = true;
    });
    await expect.poll(() => server.requests.length).toBe(before + 1);
    expect(hasEnded).toBe(false);
    await fault.remove();
    expect(await asked).toMatchObject({ bytes: 0, end: 'closed' });
  });

  it('resets connections with reset_peer', async () => {
    expect(await exchangeWith({ type: 'reset_peer', afterMs: 0 })).toMatchObject({ bytes: 0, end: 'reset' });
  });

  it('hands the answer over in pieces with slicer', async () => {
    const part = { type: 'slicer', averageBytes: 5_000, variationBytes: 1_000, delayUs: 3_000 } as const;
    const whole = await exchange();
    const sliced = await exchangeWith(part);
    expect(sliced.bytes).toBe(whole.bytes);
    expect(sliced.pieces / whole.pieces).toBeGreaterThan(2);
  });

  it('ends the connection after so many bytes with limit_data', async () => {
    expect(await exchangeWith({ type: 'limit_data', bytes: 1_234 })).toMatchObject({ bytes: 1_234, end: 'closed' });
  });

  it('concerns the given share of connections', async () => {
    const seen = await exchangesWith(60, { type: 'limit_data', bytes: 1 }, { toxicity: 0.5 });
    const concerned = seen.filter((e) => e.bytes === 1).length;
    expect(concerned).toBeGreaterThan(10);
    expect(concerned).toBeLessThan(50);
  });

  it('joins faults', async () => {
    await using _limit = await network.add({ type: 'limit_data', bytes: 500 });
    await using _cutUp = await network.add({ type: 'slicer', averageBytes: 50, delayUs: 3_000 });
    const { bytes, pieces } = await exchange();
    expect(bytes).toBe(500);
    expect(pieces).toBeGreaterThan(2);
    expect((await network.toxics()).map(({ type, stream, toxicity }) => ({ type, stream, toxicity }))).toEqual([
      { type: 'limit_data', stream: 'downstream', toxicity: 1 },
      { type: 'slicer', stream: 'downstream', toxicity: 1 },
    ]);
  });

  it('refuses callers while it is cut, and serves the same port when it is mended', async () => {
    await network.cut();
    expect((await exchange()).end).toBe('refused');
    await network.mend();
    expect((await exchange()).bytes).toBeGreaterThan(body.length);
  });

  it('leads to another server without a new port', async () => {
    await using other = await startScriptedTarget({ kind: 'status', status: 418 });
    await network.leadTo(other.url);
    expect((await fetch(network.url)).status).toBe(418);
    await network.leadTo(server.url);
    expect((await fetch(network.url)).status).toBe(200);
  });

  it('throws with what toxiproxy says when it refuses a fault', async () => {
    await expect(network.add({ type: 'latency', latencyMs: 1.5 })).rejects.toThrow(/400: .*bad request body/);
  });
});
