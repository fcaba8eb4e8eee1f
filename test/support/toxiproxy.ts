import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type OwnedProcess, startOwned } from './owned-process.ts';
import { toxiproxyBinary, toxiproxyVersion } from './toxiproxy-binary.ts';

/** A running toxiproxy; disposing of it ends it with every proxy in it. */
export interface Toxiproxy extends AsyncDisposable {
  readonly pid: number;
  /** Opens a port of its own that leads to the server at `url`. */
  proxyTo(url: string): Promise<BadNetwork>;
}

/** What may be wrong with the network on the way to one server. It concerns TCP connections: HTTP requests share them. */
export interface BadNetwork {
  /** What to call in place of the server, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Adds a fault, also to the connections that are open; gives what takes it away again. */
  add(toxic: Toxic, options?: ToxicOptions): Promise<AsyncDisposable & { remove(): Promise<void> }>;
  /** The faults that are there, as toxiproxy itself tells them. */
  toxics(): Promise<readonly { readonly type: string; readonly stream: string; readonly toxicity: number }[]>;
  /** Closes the port and all connections, as when the host is gone: callers are refused. */
  cut(): Promise<void>;
  /** Opens the same port again after `cut`. */
  mend(): Promise<void>;
  /** Lets the same port lead to another server; open connections are closed. */
  leadTo(url: string): Promise<void>;
}

export type Toxic =
  /** Each piece of data arrives this much later, plus or minus up to `jitterMs`. */
  | { readonly type: 'latency'; readonly latencyMs: number; readonly jitterMs?: number }
  /** Each connection carries at most so much. */
  | { readonly type: 'bandwidth'; readonly kilobytesPerSecond: number }
  /** The end of a connection is passed on late. */
  | { readonly type: 'slow_close'; readonly delayMs: number }
  /** Nothing passes any more. The connection is closed `timeoutMs` after the latest data, with 0 when the fault is removed. */
  | { readonly type: 'timeout'; readonly timeoutMs: number }
  /** The connection is reset (TCP RST) so long after the next data. */
  | { readonly type: 'reset_peer'; readonly afterMs: number }
  /** Data come in small pieces, `delayUs` microseconds apart. `variationBytes` is less than `averageBytes`. */
  | {
      readonly type: 'slicer';
      readonly averageBytes: number;
      readonly variationBytes?: number;
      readonly delayUs?: number;
    }
  /** The connection is closed when it has carried so many bytes. */
  | { readonly type: 'limit_data'; readonly bytes: number };

export interface ToxicOptions {
  /** `downstream` (default): on the way from the server to the client. */
  readonly stream?: 'upstream' | 'downstream';
  /** Share (0..1) of **connections** that are concerned, drawn for each when it opens and when the fault is added. Default 1. */
  readonly toxicity?: number;
}

/** Starts a toxiproxy server on a free loopback port. */
export async function startToxiproxy(): Promise<Toxiproxy> {
  const binary = await toxiproxyBinary();
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = await startOwned(binary, ['-host', '127.0.0.1', '-port', String(port)], {
      env: { ...process.env, LOG_LEVEL: 'warn' },
    });
    try {
      const call = api(`http://127.0.0.1:${port}`);
      await answered(server, call);
      return { pid: server.pid, proxyTo: (url) => openProxy(call, url), [Symbol.asyncDispose]: () => server.kill() };
    } catch (error) {
      await server.kill();
      // Between asking for a free port and listening on it, somebody else may have taken it.
      if (!server.output().includes('address already in use') || attempt === 5) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const versionSchema = v.object({ version: v.literal(toxiproxyVersion) });

async function answered(server: OwnedProcess, call: Api): Promise<void> {
  for (let waited = 0; ; waited += 20) {
    // It stays alive without its port, so its log is asked first.
    if (server.hasEnded() || server.output().includes('Server finished with error')) {
      throw new Error(`toxiproxy can't listen: ${server.output()}`);
    }
    try {
      await call('GET', '/version', versionSchema);
      return;
    } catch (cause) {
      if (!(cause instanceof TypeError) || waited >= 10_000) throw cause;
    }
    await sleep(20);
  }
}

type Api = <S extends v.GenericSchema>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  schema: S,
  body?: object,
) => Promise<v.InferOutput<S>>;

/** Calls toxiproxy's HTTP API; an answer that isn't a success, or isn't what it should be, throws with its body. */
function api(origin: string): Api {
  return async (method, path, schema, body) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    const said = `toxiproxy answered ${method} ${path} with ${response.status}: ${text.trim()}`;
    if (!response.ok) throw new Error(said);
    const parsed = v.safeParse(schema, text === '' ? undefined : parseJson(text, said));
    if (!parsed.success) throw new Error(`${said} (${parsed.issues.map((issue) => issue.message).join('; ')})`);
    return parsed.output;
  };
}

function parseJson(text: string, said: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(said, { cause });
  }
}

const toxicSchema = v.object({
  name: v.string(),
  type: v.string(),
  stream: v.picklist(['upstream', 'downstream']),
  toxicity: v.number(),
  attributes: v.record(v.string(), v.number()),
});
const proxySchema = v.object({
  listen: v.pipe(v.string(), v.regex(/^127\.0\.0\.1:\d+$/)),
  upstream: v.string(),
  enabled: v.boolean(),
});
let named = 0;

async function openProxy(call: Api, url: string): Promise<BadNetwork> {
  const path = `/proxies/network-${++named}`;
  const { listen } = await call('POST', '/proxies', proxySchema, {
    name: `network-${named}`,
    listen: '127.0.0.1:0',
    upstream: new URL(url).host,
  });
  const update = async (change: { enabled?: boolean; upstream?: string }) => {
    const now = await call('PATCH', path, proxySchema, change);
    const asAsked = { ...now, ...change };
    if (now.enabled !== asAsked.enabled || now.upstream !== asAsked.upstream) {
      throw new Error(`toxiproxy should have ${JSON.stringify(change)} and has ${JSON.stringify(now)}`);
    }
  };
  return {
    url: `http://${listen}`,
    add: (toxic, options) => addToxic(call, path, toxic, options),
    toxics: () => call('GET', `${path}/toxics`, v.array(toxicSchema)),
    cut: () => update({ enabled: false }),
    mend: () => update({ enabled: true }),
    leadTo: (other) => update({ upstream: new URL(other).host }),
  };
}

async function addToxic(call: Api, proxyPath: string, toxic: Toxic, options: ToxicOptions = {}) {
  const name = `${toxic.type}-${++named}`;
  const attributes = attributesOf(toxic);
  const { stream = 'downstream', toxicity = 1 } = options;
  const made = await call('POST', `${proxyPath}/toxics`, toxicSchema, {
    name,
    type: toxic.type,
    stream,
    toxicity,
    attributes,
  });
  for (const [key, value] of Object.entries(attributes)) {
    if (made.attributes[key] !== value)
      throw new Error(`toxiproxy took ${key} = ${made.attributes[key]}, not ${value}`);
  }
  let isThere = true;
  const remove = async () => {
    if (!isThere) return;
    isThere = false;
    await call('DELETE', `${proxyPath}/toxics/${name}`, v.undefined());
  };
  return { remove, [Symbol.asyncDispose]: remove };
}

/** The names that toxiproxy has for a fault's figures. */
function attributesOf(toxic: Toxic): Readonly<Record<string, number>> {
  switch (toxic.type) {
    case 'latency':
      return { latency: toxic.latencyMs, jitter: toxic.jitterMs ?? 0 };
    case 'bandwidth':
      return { rate: toxic.kilobytesPerSecond };
    case 'slow_close':
      return { delay: toxic.delayMs };
    case 'timeout':
      return { timeout: toxic.timeoutMs };
    case 'reset_peer':
      return { timeout: toxic.afterMs };
    case 'slicer':
      return {
        average_size: toxic.averageBytes,
        size_variation: toxic.variationBytes ?? 0,
        delay: toxic.delayUs ?? 0,
      };
    case 'limit_data':
      return { bytes: toxic.bytes };
  }
}
