import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { findOnPath, k6Platform } from '../../src/adapters/k6/binary/k6-cache.ts';

const tlsFixtures = resolve(import.meta.dirname, '../fixtures/tls');
/** The authority that signed the certificate of a release server with `tls`. */
export const testAuthority = join(tlsFixtures, 'ca.pem');

/** A stand-in for k6 that knows nothing but its version. */
export function fakeK6Script(version: string): string {
  return `#!/bin/sh\necho "k6 v${version} (commit/0123456789, go1.26.1, linux/amd64)"\n`;
}

export function writeExecutable(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** A folder for PATH with `tar`, what tar calls, and nothing else: no k6 and no go of this machine gets in. */
export async function barePath(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const name of ['tar', 'gzip', 'cp', 'chmod', 'cat', 'sleep']) {
    const found = await findOnPath(name, process.env);
    if (found !== undefined) symlinkSync(found, join(folder, name));
  }
  return folder;
}

/** A release archive laid out as k6's are, holding `script` as the executable. */
export function packRelease(folder: string, version: string, script: string = fakeK6Script(version)): Buffer {
  const inner = `k6-v${version}-${k6Platform()}`;
  writeExecutable(join(folder, inner, 'k6'), script);
  execFileSync('tar', ['-czf', 'release.tar.gz', inner], { cwd: folder });
  return readFileSync(join(folder, 'release.tar.gz'));
}

export function archiveName(version: string): string {
  return `k6-v${version}-${k6Platform()}.${process.platform === 'linux' ? 'tar.gz' : 'zip'}`;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface ReleaseServer extends AsyncDisposable {
  /** To be given as the mirror. */
  readonly url: string;
  readonly port: number;
  /** `METHOD path` of each request, in order. */
  readonly requests: string[];
  /** What the next requests of a file name are answered with, instead of the release. */
  readonly answers: Map<string, Answer>;
}

/** Serves one release: the archive and its list of checksums. */
export async function serveRelease(
  version: string,
  archive: Buffer,
  options: { readonly tls?: boolean; readonly checksum?: string } = {},
): Promise<ReleaseServer> {
  const list = `${options.checksum ?? sha256(archive)}  ${archiveName(version)}\n${'0'.repeat(64)}  k6-other.zip\n`;
  const files = new Map<string, Buffer | string>([
    [archiveName(version), archive],
    [`k6-v${version}-checksums.txt`, list],
  ]);
  const requests: string[] = [];
  const answers = new Map<string, Answer>();
  const listener: Answer = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const name = request.url?.split('/').at(-1) ?? '';
    const body = files.get(name);
    const answer = answers.get(name);
    if (answer !== undefined) answer(request, response);
    else if (body !== undefined && request.url === `/v${version}/${name}`) response.end(body);
    else response.writeHead(404).end('Not Found');
  };
  const server = options.tls
    ? createTlsServer(
        { cert: readFileSync(join(tlsFixtures, 'server.pem')), key: readFileSync(join(tlsFixtures, 'server.key')) },
        listener,
      )
    : createServer(listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export interface ForwardProxy extends AsyncDisposable {
  readonly url: string;
  /** `CONNECT host:port` or `GET http://host/path` of each request. */
  readonly requests: string[];
  /** The Proxy-Authorization header of each request. */
  readonly credentials: (string | undefined)[];
}

/** An HTTP proxy that sends everything to `port` on this machine, whatever host was asked for. */
export async function forwardProxy(port: number): Promise<ForwardProxy> {
  const requests: string[] = [];
  const credentials: (string | undefined)[] = [];
  const tunnels = new Set<Socket>();
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    const { pathname } = new URL(request.url ?? '');
    const answer = await fetch(`http://127.0.0.1:${port}${pathname}`);
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  server.on('connect', (request, client: Socket) => {
    requests.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
    for (const socket of [client, upstream]) {
      tunnels.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    credentials,
    async [Symbol.asyncDispose]() {
      for (const socket of tunnels) socket.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
