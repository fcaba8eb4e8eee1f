import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** How the target answers; it may be switched while load runs. */
export type TargetBehavior =
  | { readonly kind: 'ok'; readonly delayMs?: number }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    };

/** A real HTTP server that answers as it is told to and counts what it is asked. */
export interface ScriptedTarget extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Method and path of each request, in order. */
  readonly requests: readonly string[];
  /** Headers of the latest request. */
  readonly lastHeaders: Readonly<Record<string, string | string[] | undefined>>;
  behave(behavior: TargetBehavior): void;
  /** Ends the server and every connection at once, as a crash would. */
  die(): Promise<void>;
}

export async function startScriptedTarget(
  behavior: TargetBehavior = { kind: 'ok' },
  /** Answers instead of `behavior` when it returns true. */
  respond?: (request: IncomingMessage, response: ServerResponse) => boolean,
  upgrade?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<ScriptedTarget> {
  let current = behavior;
  let lastHeaders: ScriptedTarget['lastHeaders'] = {};
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    lastHeaders = request.headers;
    if (respond?.(request, response) === true) return;
    answer(current, response);
  });
  const upgraded = new Set<Duplex>();
  if (upgrade !== undefined) {
    server.on('upgrade', (request, socket) => {
      upgraded.add(socket);
      // k6 may close with a reset, and nobody else listens on an upgraded socket.
      socket.on('error', () => socket.destroy());
      socket.resume();
      upgrade(request, socket);
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const die = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get lastHeaders() {
      return lastHeaders;
    },
    behave: (next) => {
      current = next;
    },
    die,
    [Symbol.asyncDispose]: die,
  };
}

function answer(behavior: TargetBehavior, response: ServerResponse): void {
  if (behavior.kind === 'status') {
    response.writeHead(behavior.status, behavior.headers ?? {}).end(behavior.body ?? '');
    return;
  }
  const send = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[{"id":1}]}');
  if (behavior.delayMs === undefined) send();
  else setTimeout(send, behavior.delayMs);
}
