import { createHash, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { type Answer, itemsIn } from '../../core/evidence/outside/answer.ts';
import type { CanaryAnswer } from '../../core/evidence/outside/interference.ts';
import type { Log } from '../../ports.ts';
import { type OutgoingHttp, outgoingHttp } from '../http/outgoing-http.ts';
import { readinessUrl } from '../target/wait-for-target.ts';

interface ProbeOptions {
  /** The target's address; nothing else is asked. */
  readonly url: string;
  /** Path of the readiness check, which is a second canary where it isn't the root. */
  readonly readyPath: string;
  /** Sent with the canary as well, where it gets past a protection. */
  readonly header?: { readonly name: string; readonly value: string };
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
}

/** A request of the script's, to be made once more. */
export interface ProbeRequest {
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bodies beyond this are counted and not looked into. */
const maxBodyBytes = 16 << 20;

/** While one request is answered so many canaries are sent, spread over the time that it takes. */
const canariesPerAnswer = 12;
const minCanaryGapMs = 4;
const maxCanariesAtOnce = 8;
/** A target that asked for fewer requests so often gets no further canary. */
const maxRefusals = 3;

/** What is unpacked to more than this is taken as it was sent. */
const maxOutputLength = 64 << 20;

const unpack = new Map<string, (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
  ['deflate', promisify(inflate)],
]);

/** What belongs to one connection and not to a request. */
const ofTheConnection =
  /^(?:host|connection|content-length|transfer-encoding|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/;

/**
 * One side, asked request by request, and canaries: requests that need nothing of the service, to a path that isn't there
 * and to that of the readiness check. A service may want something for either (a connection for each request, a look at its
 * database), so the calmer one of the two is used.
 */
export class Probe {
  readonly #http: OutgoingHttp;
  readonly #base: URL;
  readonly #canaryUrls: readonly URL[];
  #kind = 0;
  readonly #headers: Readonly<Record<string, string>>;
  #canariesInFlight = 0;
  #refusedCanaries = 0;

  private constructor(http: OutgoingHttp, { url, readyPath, header }: ProbeOptions) {
    this.#http = http;
    this.#base = new URL(url);
    const paths = [`canary-${randomUUID().slice(0, 8)}`, ...(readyPath === '/' ? [] : [readyPath])];
    this.#canaryUrls = paths.map((path) => readinessUrl(url, path));
    this.#headers = header === undefined ? {} : { [header.name]: header.value };
  }

  static async open(options: ProbeOptions): Promise<Probe> {
    return new Probe(await outgoingHttp(options.environment, options.log), options);
  }

  /**
   * Asks once; undefined where no answer came in time. Canaries go along where `expectedMs`, about how long the answer
   * takes, is given.
   */
  async ask(
    { path, headers }: ProbeRequest,
    {
      signal,
      timeoutMs,
      expectedMs,
    }: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly expectedMs?: number },
  ): Promise<Answer | undefined> {
    const url = new URL(path, this.#base);
    if (url.host !== this.#base.host) return undefined;
    const sent = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        ofTheConnection.test(name.toLowerCase()) ? [] : [[name.toLowerCase(), value]],
      ),
    );
    // Undici's own limits are on silence: an answer that drips would go on for ever.
    const ends = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(timeoutMs))]);
    let train: Train | undefined;
    try {
      const startMs = performance.now();
      const asked = this.#http.askAgain(url, { headers: sent, signal: ends, timeoutMs });
      train = expectedMs === undefined ? undefined : this.#startTrain(expectedMs, signal);
      const answer = await asked;
      const firstByteMs = performance.now() - startMs;
      const { parts, wireBytes, isWhole } = await readBody(answer.body);
      const totalMs = performance.now() - startMs;
      const stallMs = await train?.end();
      const received = plainHeaders(answer.headers);
      const body = isWhole ? await decode(parts, received['content-encoding']) : undefined;
      const isJson = body !== undefined && /json/i.test(received['content-type'] ?? '');
      const items = isJson ? itemsIn(body.toString()) : undefined;
      return {
        ...{
          method: 'GET',
          path,
          status: answer.statusCode,
          headers: received,
          requestHeaders: sent,
          firstByteMs,
          totalMs,
          wireBytes,
        },
        ...(body !== undefined && {
          decodedBytes: body.length,
          bodyHash: createHash('sha256').update(body).digest('hex').slice(0, 16),
        }),
        ...(items !== undefined && { items }),
        ...(stallMs !== undefined && { stallMs }),
      };
    } catch {
      await train?.end();
      return undefined;
    }
  }

  /** Kinds of canaries that there are. */
  get kinds(): number {
    return this.#canaryUrls.length;
  }

  /** Which kind is used from now on. */
  use(kind: number): void {
    this.#kind = kind;
  }

  /** One canary; undefined where no answer came, or one that says that the service is in trouble. */
  async canary(signal: AbortSignal, kind = this.#kind): Promise<CanaryAnswer | undefined> {
    const url = this.#canaryUrls[kind];
    const isRefused = this.#refusedCanaries >= maxRefusals;
    if (url === undefined || isRefused || this.#canariesInFlight >= maxCanariesAtOnce) return undefined;
    this.#canariesInFlight++;
    const startMs = performance.now();
    try {
      const answer = await this.#http.askAgain(url, { headers: this.#headers, signal, timeoutMs: 5_000 });
      const durationMs = performance.now() - startMs;
      await answer.body.dump();
      if (answer.statusCode === 429) this.#refusedCanaries++;
      return answer.statusCode === 429 || answer.statusCode >= 500
        ? undefined
        : { startMs: performance.timeOrigin + startMs, durationMs };
    } catch {
      return undefined;
    } finally {
      this.#canariesInFlight--;
    }
  }

  /** Sends a canary at once and every now and then until `end`, which resolves to the longest that one of them waited. */
  #startTrain(expectedMs: number, signal: AbortSignal): Train {
    const sent = [this.canary(signal)];
    const timer = setInterval(
      () => {
        if (sent.length < 4 * canariesPerAnswer) sent.push(this.canary(signal));
      },
      Math.max(minCanaryGapMs, expectedMs / canariesPerAnswer),
    );
    return {
      end: async () => {
        clearInterval(timer);
        const waits = (await Promise.all(sent)).flatMap((answer) => answer?.durationMs ?? []);
        return waits.length === 0 ? undefined : Math.max(...waits);
      },
    };
  }
}

/** Canaries beside one request. */
interface Train {
  end(): Promise<number | undefined>;
}

async function readBody(
  body: AsyncIterable<Buffer>,
): Promise<{ readonly parts: Buffer[]; readonly wireBytes: number; readonly isWhole: boolean }> {
  const parts: Buffer[] = [];
  let wireBytes = 0;
  for await (const part of body) {
    wireBytes += part.length;
    if (wireBytes <= maxBodyBytes) parts.push(part);
  }
  return { parts, wireBytes, isWhole: wireBytes <= maxBodyBytes };
}

/** What can't be unpacked is taken as it is. */
async function decode(parts: readonly Buffer[], encoding: string | undefined): Promise<Buffer> {
  const body = Buffer.concat(parts);
  const unpackBody = unpack.get((encoding ?? '').trim().toLowerCase());
  return unpackBody === undefined ? body : unpackBody(body, { maxOutputLength }).catch(() => body);
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
  );
}
