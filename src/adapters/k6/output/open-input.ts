import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GateError } from '../../../errors.ts';

const chunkBytes = 1024 * 1024;

/** Stands for standard input where a path is expected. */
export const standardInput = '-';

/** How messages call the input. */
export function inputName(path: string): string {
  return path === standardInput ? 'standard input' : JSON.stringify(path);
}

/**
 * The text of a file, or of standard input for `-`, as UTF-8 without a byte order mark: unpacked if it is gzip, converted if
 * it is UTF-16, as PowerShell's `>` writes it. A chunk is valid until the next is asked for. Throws `GateError`
 * INPUT_UNREADABLE for a file that can't be read, is empty, or is gzip cut short or damaged: half a run must not pass for a
 * whole one.
 */
export async function* openInput(path: string, stdin: Readable): AsyncGenerator<Buffer> {
  const source = inputName(path);
  const packed = path === standardInput ? (stdin as AsyncIterable<Buffer>) : fileChunks(path);
  const [first, chunks] = await peek(packed, 2);
  if (first.length === 0) {
    throw new GateError('INPUT_UNREADABLE', `${source} is empty`, 'Did k6 write to another file, or was it stopped?');
  }
  yield* inUtf8(first[0] === 0x1f && first[1] === 0x8b ? unpacked(chunks, source) : chunks);
}

/** The first chunks, joined to at least `bytes` if there are as many, and all chunks from the start. */
export async function peek(
  chunks: AsyncIterable<Buffer>,
  bytes: number,
): Promise<[first: Buffer, all: AsyncGenerator<Buffer>]> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < bytes) {
    const { done, value } = await iterator.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (first.length > 0) yield first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return [first, all()];
}

async function* inUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const [first, all] = await peek(chunks, 8);
  const encoding = utf16Of(first);
  if (encoding !== undefined) {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of all) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
    return;
  }
  let mark = first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf ? 3 : 0;
  for await (const chunk of all) {
    yield chunk.subarray(mark);
    mark = 0;
  }
}

/** By the byte order mark, or by the zeros that every second byte of plain text is. */
function utf16Of(first: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const mark = first.length >= 2 ? first.readUInt16BE(0) : 0;
  if (mark === 0xfffe) return 'utf-16le';
  if (mark === 0xfeff) return 'utf-16be';
  if (first.length < 8) return undefined;
  const isZero = (offset: 0 | 1) => [0, 2, 4, 6].every((position) => first[position + offset] === 0);
  const isText = (offset: 0 | 1) => [0, 2, 4, 6].every((position) => (first[position + offset] ?? 0) >= 9);
  if (isText(0) && isZero(1)) return 'utf-16le';
  return isZero(0) && isText(1) ? 'utf-16be' : undefined;
}

/** Reads the next chunk while the caller works on the last one. */
async function* fileChunks(path: string): AsyncGenerator<Buffer> {
  let [current, next] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  try {
    await using file = await open(path);
    let { bytesRead } = await file.read(current, 0, chunkBytes);
    while (bytesRead > 0) {
      const reading = file.read(next, 0, chunkBytes);
      // A failure is met at the await below; without this it would count as unhandled while the caller works.
      reading.catch(() => undefined);
      yield current.subarray(0, bytesRead);
      ({ bytesRead } = await reading);
      [current, next] = [next, current];
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? "doesn't exist" : code === 'EISDIR' ? 'is a directory' : `can't be read: ${message}`;
    throw new GateError('INPUT_UNREADABLE', `${inputName(path)} ${reason}`, 'Give the path of a readable file.', cause);
  }
}

async function* unpacked(chunks: AsyncIterable<Buffer>, source: string): AsyncGenerator<Buffer> {
  // Chunks are copied: gunzip may hold more than one while the file's buffer is reused.
  const packed = Readable.from(copies(chunks));
  const gunzip = createGunzip({ chunkSize: chunkBytes / 4 });
  packed.on('error', (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    const isCut = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
    const state = isCut ? 'is a gzip file cut short' : `is a damaged gzip file (${(cause as Error).message})`;
    const hint = 'Was k6 or the upload stopped early? Measure or copy again; half a run is not compared.';
    throw new GateError('INPUT_UNREADABLE', `${source} ${state}`, hint, cause);
  }
}

async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
