import { pipeline, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { type BrotliOptions, brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { onSendAsyncHookHandler } from 'fastify';

/** Less than this isn't worth it: one packet carries it anyway. */
const LEAST_BYTES = 1_024;
/** The default, 11, is meant for files that are compressed once. */
const BROTLI: BrotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const wholly = {
  br: promisify<Buffer, BrotliOptions, Buffer>(brotliCompress),
  gzip: promisify<Buffer, object, Buffer>(gzip),
};

/** Flushed with each chunk, because a streamed answer shall come as it is made and not when a buffer is full. */
const piecewise: Readonly<Record<Encoding, () => Transform>> = {
  br: () => createBrotliCompress({ ...BROTLI, flush: constants.BROTLI_OPERATION_FLUSH }),
  gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
};

type Encoding = 'br' | 'gzip';

/**
 * A route's hook that compresses its answers where the client accepts it; whoever doesn't ask for it gets the answer
 * untouched, headers included. Compressing runs beside the server's thread. Written here rather than taken from
 * `@fastify/compress`, because that adds a hook to every route, and five packages.
 */
export const compressAnswer: onSendAsyncHookHandler<unknown> = async (request, reply, payload) => {
  const encoding = acceptedEncoding(request.headers['accept-encoding'] ?? '');
  if (encoding === undefined || reply.statusCode !== 200 || request.method === 'HEAD') return payload;
  const isStream = isReadable(payload);
  if (!isStream && (typeof payload !== 'string' || Buffer.byteLength(payload) < LEAST_BYTES)) return payload;
  reply.header('content-encoding', encoding).header('vary', 'accept-encoding').removeHeader('content-length');
  if (!isStream) return await wholly[encoding](Buffer.from(payload), encoding === 'br' ? BROTLI : {});
  // Where one end breaks the other is destroyed too, and then Fastify ends the answer: nothing is left to be done.
  return pipeline(payload, piecewise[encoding](), () => {});
};

function isReadable(payload: unknown): payload is NodeJS.ReadableStream {
  return typeof payload === 'object' && payload !== null && 'pipe' in payload;
}

/** The encoding to use for a client that sends this `Accept-Encoding`, if it accepts one that the shop has. */
export function acceptedEncoding(header: string): Encoding | undefined {
  const accepted = new Set<string>();
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (!isRefused) accepted.add(name);
  }
  return (['br', 'gzip'] as const).find((encoding) => accepted.has(encoding));
}
