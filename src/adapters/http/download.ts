import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Dispatcher } from 'undici';
import type { OutgoingHttp } from './outgoing-http.ts';

/** Why nothing, or not all, arrived: `message` is one phrase with the address in it. */
export class DownloadError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DownloadError';
  }
}

export interface DownloadOptions {
  readonly http: OutgoingHttp;
  readonly signal?: AbortSignal | undefined;
  /** A connection on which nothing arrives for so long is given up; default 15 s. (Connecting itself: 10 s.) */
  readonly stallAfterMs?: number | undefined;
  /** Wait before the second try after a fault that may pass; thrice as long before the third. Default 0.5 s. */
  readonly retryAfterMs?: number | undefined;
}

/** The body of `url`, which is expected to be short. Throws `DownloadError`. */
export async function downloadText(url: URL, options: DownloadOptions): Promise<string> {
  const chunks: Buffer[] = [];
  await receive(url, options, async (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Writes the body of `url` to `path` and returns its sha256 in hex. Throws `DownloadError`. */
export async function downloadFile(url: URL, path: string, options: DownloadOptions): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  try {
    await receive(url, options, async (chunk) => {
      hash.update(chunk);
      await file.writeFile(chunk);
    });
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** An address without the password that a mirror's may carry. */
export function withoutPassword(url: URL): string {
  return url.href.replace(/\/\/[^/@]*@/, '//');
}

async function receive(url: URL, options: DownloadOptions, take: (chunk: Buffer) => Promise<void>): Promise<void> {
  const stallAfterMs = options.stallAfterMs ?? 15_000;
  const stall = new AbortController();
  const watch = setTimeout(() => stall.abort(), stallAfterMs);
  try {
    const signals = options.signal === undefined ? [stall.signal] : [stall.signal, options.signal];
    const response = await get(url, options, AbortSignal.any(signals));
    for await (const chunk of response.body) {
      watch.refresh();
      await take(chunk as Buffer);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof DownloadError) throw error;
    if (stall.signal.aborted) {
      throw new DownloadError(`nothing arrived from ${withoutPassword(url)} for ${stallAfterMs / 1000} s`, error);
    }
    throw networkFault(url, error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(watch);
  }
}

async function get(
  url: URL,
  { http, retryAfterMs }: DownloadOptions,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const headers: Record<string, string> = { 'user-agent': 'tailgate' };
  if (url.username !== '') {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  const response = await http.download(url, { headers, signal, retryAfterMs });
  if (response.statusCode === 200) return response;
  await response.body.dump();
  throw new DownloadError(`${withoutPassword(url)} answers ${response.statusCode}`);
}

function networkFault(url: URL, error: NodeJS.ErrnoException): DownloadError {
  const code = error.code ?? error.name;
  const detail = error.message && !error.message.includes(code) ? `${code}: ${error.message}` : error.message || code;
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_/.test(code)
    ? '; where an own certificate authority is used, set NODE_EXTRA_CA_CERTS to its PEM file'
    : '';
  return new DownloadError(`${withoutPassword(url)} can't be fetched (${detail}${untrusted})`, error);
}
