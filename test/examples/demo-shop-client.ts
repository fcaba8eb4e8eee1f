import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Shop, startShop } from '../../examples/demo-shop/start-shop.ts';
import type { Switches } from '../../examples/demo-shop/switches.ts';

/** A shop without modeled latency, so that tests count work in place of waiting for it. */
export function startQuickShop(switches: Partial<Switches> = {}): Promise<Shop> {
  return startShop({ port: 0, switches: { databaseRoundTripMs: 0, cpuMs: 0, ...switches } });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes.
  readonly body: any;
  /** Parts of the `Server-Timing` header: duration in ms and the count in its description. */
  readonly timing: Readonly<Record<string, { readonly ms: number; readonly count: number }>>;
}

/** Sends a request such as `ask(shop, 'GET /products/7')`, with a JSON body if one is given. */
export async function ask(shop: Shop, request: string, body?: unknown): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ');
  const content =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${shop.url}${path}`, { method, ...content });
  const timing: Record<string, { ms: number; count: number }> = {};
  for (const part of (response.headers.get('server-timing') ?? '').split(', ')) {
    const match = /^(\w+);dur=([\d.]+)(?:;desc="\w+=(\d+)")?$/.exec(part);
    if (match?.[1] !== undefined) timing[match[1]] = { ms: Number(match[2]), count: Number(match[3] ?? 0) };
  }
  return { status: response.status, headers: response.headers, body: await response.json(), timing };
}

/** CPU time (not wall time, which depends on the neighbors) that this thread spends on three requests. */
export async function cpuOf(shop: Shop, request: string): Promise<number> {
  await ask(shop, request);
  const before = process.threadCpuUsage();
  for (let count = 0; count < 3; count++) await ask(shop, request);
  return process.threadCpuUsage(before).user;
}

export interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Gets a path with these headers and no others (`fetch` would add `Accept-Encoding`), and decodes nothing. */
export function getRaw(shop: Shop, path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${shop.url}${path}`, { headers }, (response) => {
      const { statusCode: status, headers: received } = response;
      buffer(response).then((bytes) => resolve({ status, headers: received, bytes }), reject);
    });
    request.once('error', reject).end();
  });
}
