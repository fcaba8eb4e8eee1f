import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The way on which k6's standard output reaches us. */
export interface K6Output {
  /** k6's end, for `stdio` of `spawn`. */
  readonly writingEnd: Socket;
  /** Resolves when everything was read, or `stop` was called. */
  readonly ended: Promise<void>;
  /** To be called once k6 has its end: ours of it is closed, and reading begins. */
  start(): void;
  /** Stops reading, though someone may still hold the other end. */
  stop(): void;
}

/** More than a socket holds, so that one read empties it. */
const bufferBytes = 256 * 1024;

/**
 * A pair of connected sockets that is read into one buffer again and again, in few large pieces. What Node makes of
 * `stdio: 'pipe'` is a pair of sockets too, but takes a new buffer for each read and wakes for each 4 kB that k6 writes.
 * A piece is valid until `onChunk` returns. Undefined where there are no such sockets: Windows, or a temporary folder
 * that can't be written or has a path too long for a socket; k6's output is then read through a plain pipe.
 */
export async function openK6Output(onChunk: (chunk: Buffer) => void): Promise<K6Output | undefined> {
  if (process.platform === 'win32') return undefined;
  try {
    return await openPair(onChunk);
  } catch {
    return undefined;
  }
}

async function openPair(onChunk: (chunk: Buffer) => void): Promise<K6Output> {
  // Others may not enter a folder that mkdtemp makes; its name is gone as soon as the two ends have met.
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-k6-'));
  const server = createServer({ pauseOnConnect: true });
  try {
    const path = join(folder, 's');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const readingEnd = readInBatches(path, onChunk);
    const [[writingEnd]] = await Promise.all([accepted, once(readingEnd, 'connect')]);
    return outputOf(writingEnd, readingEnd);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function outputOf(writingEnd: Socket, readingEnd: Socket): K6Output {
  // A reset says no more than an end does: how k6 ended is told by its exit.
  for (const end of [writingEnd, readingEnd]) end.on('error', () => {});
  const ended = new Promise<void>((resolve) => readingEnd.once('close', () => resolve()));
  return {
    writingEnd,
    ended,
    start: () => {
      writingEnd.destroy();
      readingEnd.resume();
    },
    stop: () => void readingEnd.destroy(),
  };
}

function readInBatches(path: string, onChunk: (chunk: Buffer) => void): Socket {
  const pauses = new ReadingPauses();
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const socket = connect({
    path,
    onread: {
      buffer,
      callback: (length) => {
        onChunk(buffer.subarray(0, length));
        if (!pauses.take(performance.now())) return true;
        setTimeout(() => socket.resume(), pauseMs);
        return false;
      },
    },
  });
  return socket;
}

export const pauseMs = 5;
/** k6 writes the samples of 200 ms at once. */
const windowMs = 200;
const maxPauses = 10;

/**
 * Pauses between reads, in which k6's next small writes gather. They are rationed to a quarter of the time: when so much
 * comes that they don't suffice (from some 1,500 requests a second on, or where sockets hold little), the rest is read
 * as it comes, so that k6 never waits long.
 */
export class ReadingPauses {
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #left = 0;

  /** Whether the reader may pause now. */
  take(nowMs: number): boolean {
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs + windowMs;
      this.#left = maxPauses;
    }
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
