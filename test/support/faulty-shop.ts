import { fileURLToPath } from 'node:url';
import type { ShopBehavior, ShopOrder, ShopReply } from './faulty-shop-behavior.ts';
import { type OwnedProcess, startOwned } from './owned-process.ts';
import { stallProcess } from './process-faults.ts';
import { type BadNetwork, startToxiproxy, type Toxiproxy } from './toxiproxy.ts';

/** A demo shop in a process of its own, behind a network of its own: both can be made to misbehave while load runs. */
export interface FaultyShop {
  /** The shop through its network; it stays the same when the shop dies and is replaced. */
  readonly url: string;
  /** Faults of the network: latency, resets, `cut()` and so on. */
  readonly network: BadNetwork;
  /** The shop without its network: to look at it, and to change its data, undisturbed. Changes when it is replaced. */
  directUrl(): string;
  /** Changes the given parts of its behavior; in effect when this resolves. */
  behave(change: Partial<ShopBehavior>): Promise<void>;
  /** Resolves when so many more requests have come: "in the middle of the run", without a clock. Throws when it dies first. */
  afterRequests(requests: number): Promise<void>;
  /** Requests since the shop's process started. */
  requests(): Promise<number>;
  /** Kills the shop's process as a crash would. Its network stays: callers are accepted and then cut off. */
  die(): Promise<void>;
  /** A new process with fresh data, reached at the same `url`; the old one is killed. `switches` replace those it had. */
  replace(switches?: ShopSwitches): Promise<void>;
  /** Stops the shop's process in its tracks until the result is disposed of. */
  stall(): Disposable;
  /** Puts `productsPerCart` different products into the carts of users 1 to `carts`, through the shop's own API. */
  growCarts(size: { readonly carts: number; readonly productsPerCart: number }): Promise<void>;
}

/** Switches of the demo shop, such as `{ SHOP_SLOW_DEPENDENCY_MS: '50' }`. */
export type ShopSwitches = Readonly<Record<string, string>>;

export interface FaultySides {
  readonly baseline: FaultyShop;
  readonly candidate: FaultyShop;
}

export interface FaultyPair extends FaultySides, AsyncDisposable {}

/** Two shops with equal data, each behind a network of its own; with no switches there is nothing between them to find. */
export async function startFaultyPair(
  switches: { readonly baseline?: ShopSwitches; readonly candidate?: ShopSwitches } = {},
): Promise<FaultyPair> {
  await using started = new AsyncDisposableStack();
  const toxiproxy = started.use(await startToxiproxy());
  const baseline = started.use(await startShopBehind(toxiproxy, switches.baseline ?? {}));
  const candidate = started.use(await startShopBehind(toxiproxy, switches.candidate ?? {}));
  const all = started.move();
  return { baseline, candidate, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function startShopBehind(toxiproxy: Toxiproxy, given: ShopSwitches): Promise<FaultyShop & AsyncDisposable> {
  let switches = given;
  let shop = await startShopProcess(switches);
  const network = await toxiproxy.proxyTo(shop.url).catch(async (error: unknown) => {
    await shop.process.kill();
    throw error;
  });
  const die = () => shop.process.kill();
  return {
    url: network.url,
    network,
    directUrl: () => shop.url,
    behave: async (change) => void (await shop.order({ kind: 'behave', change })),
    afterRequests: async (requests) => void (await shop.order({ kind: 'wait-for-requests', requests })),
    requests: async () => (await shop.order({ kind: 'behave', change: {} })).requests,
    die,
    replace: async (others) => {
      await die();
      switches = others ?? switches;
      shop = await startShopProcess(switches);
      await network.leadTo(shop.url);
    },
    stall: () => stallProcess(shop.process.pid),
    growCarts: (size) => growCarts(shop.url, size),
    [Symbol.asyncDispose]: die,
  };
}

interface ShopProcess {
  readonly url: string;
  readonly process: OwnedProcess;
  order(order: OrderWithoutId): Promise<ShopReply>;
}

type OrderWithoutId = ShopOrder extends infer O ? (O extends ShopOrder ? Omit<O, 'id'> : never) : never;

const program = fileURLToPath(new URL('faulty-shop-program.ts', import.meta.url));

async function startShopProcess(switches: ShopSwitches): Promise<ShopProcess> {
  const shop = await startOwned(process.execPath, [program], {
    env: { ...process.env, ...switches },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  try {
    const url = await shop.printed((output) => /listening on (http:\S+)\n/.exec(output)?.[1]);
    let ordered = 0;
    return { url, process: shop, order: (order) => carriedOut(shop, { ...order, id: ++ordered }) };
  } catch (error) {
    await shop.kill();
    throw error;
  }
}

function carriedOut({ child, output }: OwnedProcess, order: ShopOrder): Promise<ShopReply> {
  return new Promise((resolve, reject) => {
    const stopListening = () => {
      child.off('message', onReply);
      child.off('close', onClose);
    };
    const onReply = (message: unknown) => {
      const reply = message as ShopReply;
      if (reply.id !== order.id) return;
      stopListening();
      resolve(reply);
    };
    const onClose = () => {
      stopListening();
      reject(new Error(`the shop died before it could ${order.kind}: ${output()}`));
    };
    child.on('message', onReply).on('close', onClose);
    child.send(order, (error) => {
      if (error === null) return;
      stopListening();
      reject(error);
    });
  });
}

async function growCarts(url: string, size: { carts: number; productsPerCart: number }): Promise<void> {
  const fill = async (cart: number) => {
    for (let productId = 1; productId <= size.productsPerCart; productId++) {
      const response = await fetch(`${url}/carts/${cart}/items`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ productId, quantity: 1 }),
      });
      const text = await response.text();
      if (response.status !== 201) throw new Error(`the shop answered ${response.status}: ${text}`);
    }
  };
  let next = 1;
  const worker = async () => {
    while (next <= size.carts) await fill(next++);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
