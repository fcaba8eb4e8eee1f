import { createServer, request as requestOf } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';

export interface LoggingProxy extends AsyncDisposable {
  readonly url: string;
  /** `CONNECT host:port` or `GET http://host/path` of each request, in order. */
  readonly requests: readonly string[];
  /** Local ports of the connections that the proxy made. */
  readonly ports: ReadonlySet<number>;
}

/** A real HTTP proxy: asks for absolute addresses, and tunnels what is asked for by CONNECT. */
export async function startLoggingProxy(): Promise<LoggingProxy> {
  const requests: string[] = [];
  const ports = new Set<number>();
  const sockets = new Set<Socket>();
  const server = createServer((asked, answer) => {
    requests.push(`${asked.method} ${asked.url}`);
    const { method, headers } = asked;
    const onward = requestOf(asked.url ?? '', { method, headers, agent: false }, (received) => {
      answer.writeHead(received.statusCode ?? 502, received.headers);
      received.pipe(answer);
    });
    onward.on('socket', (socket) => socket.on('connect', () => ports.add(socket.localPort ?? 0)));
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  server.on('connect', (asked, client: Socket) => {
    requests.push(`CONNECT ${asked.url}`);
    const { hostname, port } = new URL(`http://${asked.url}`);
    const onward = connect(Number(port), hostname, () => {
      ports.add(onward.localPort ?? 0);
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(onward).pipe(client);
    });
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    requests,
    ports,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export interface Door extends AsyncDisposable {
  readonly port: number;
  /** Port of each caller, in order. */
  readonly callers: readonly number[];
}

/** The one way to the server at `port`, which writes down who comes in. */
export async function startDoor(port: number): Promise<Door> {
  const callers: number[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((caller) => {
    callers.push(caller.remotePort ?? 0);
    const inside = connect(port, '127.0.0.1');
    for (const socket of [caller, inside]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        caller.destroy();
        inside.destroy();
      });
    }
    caller.pipe(inside).pipe(caller);
  });
  return {
    port: await listen(server),
    callers,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}
