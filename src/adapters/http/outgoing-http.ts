import { readFileSync } from 'node:fs';
import { getCACertificates, rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { GateError } from '../../errors.ts';
import type { Log } from '../../ports.ts';

interface Ask {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The one way out of this process, as this machine is set up for it. Idle connections don't keep the process alive. */
export interface OutgoingHttp {
  /** One answer as it is, over a connection that ends with it: no redirect is followed, nothing is tried again. */
  ask(url: URL, asked: Ask): Promise<Dispatcher.ResponseData>;
  /** As `ask`, over connections that are kept for the next request. */
  askAgain(url: URL, asked: Ask & { readonly timeoutMs: number }): Promise<Dispatcher.ResponseData>;
  /**
   * Follows redirects and gets over faults that pass: two further tries, and a body that broke off goes on where it
   * stopped. It comes as it was sent, whatever its `Content-Encoding`.
   */
  download(url: URL, asked: Ask & { readonly retryAfterMs?: number | undefined }): Promise<Dispatcher.ResponseData>;
  /** For libraries that bring their own tries and redirects. */
  readonly fetch: typeof fetch;
}

const proxyVariables = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'] as const;
const certificateVariables = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'] as const;

const opened = new Map<string, Promise<OutgoingHttp>>();

/**
 * The way out by the proxies and certificate authorities that `environment` names; opened once, so that whoever asks for
 * the same settings shares its connections. Throws
 * `GateError` where a proxy's address is none.
 */
export function outgoingHttp(environment: NodeJS.ProcessEnv, log: Log): Promise<OutgoingHttp> {
  const settings = JSON.stringify([...proxyVariables, ...certificateVariables].map((name) => environment[name] ?? ''));
  const known =
    opened.get(settings) ??
    openOutgoingHttp(environment, log).catch((error: Error) => {
      const message = `the proxy settings can't be used (${error.message})`;
      throw new GateError('CONFIG_INVALID', message, 'See HTTP_PROXY, HTTPS_PROXY and NO_PROXY of this step.', error);
    });
  opened.set(settings, known);
  return known;
}

/** `fetch` through `outgoingHttp`, which is opened at the first request. */
export function outgoingFetch(environment: NodeJS.ProcessEnv, log: Log): typeof fetch {
  return async (input, init) => (await outgoingHttp(environment, log)).fetch(input, init);
}

/**
 * Honors HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and trusts beside Node's own certificate authorities those of the
 * system and of NODE_EXTRA_CA_CERTS and SSL_CERT_FILE. Node by itself reads these only while it starts, and some of them
 * only when told to, so that a variable set for one step would have no effect.
 */
async function openOutgoingHttp(environment: NodeJS.ProcessEnv, log: Log): Promise<OutgoingHttp> {
  // Loaded here because many commands ask nobody.
  const { buildConnector, EnvHttpProxyAgent, fetch: fetchBy, interceptors, request } = await import('undici');
  const httpProxy = proxyUrl(environment['http_proxy'] ?? environment['HTTP_PROXY']);
  const httpsProxy = proxyUrl(environment['https_proxy'] ?? environment['HTTPS_PROXY']);
  // Hundreds of certificates: reading and copying them costs more than many a request, and http needs none.
  const named = namedCertificates(environment, log);
  let known: string[] | undefined;
  const trusted = () => {
    known ??= [...new Set([...rootCertificates, ...systemCertificates(), ...named])];
    return { ca: known };
  };
  const connectPlainly = buildConnector({});
  let connectSecurely: typeof connectPlainly | undefined;
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy,
    httpsProxy,
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
    connect: (options, callback) => {
      if (options.protocol !== 'https:') {
        connectPlainly(options, callback);
        return;
      }
      connectSecurely ??= buildConnector(trusted());
      connectSecurely(options, callback);
    },
    ...((httpProxy !== '' || httpsProxy !== '') && { requestTls: trusted(), proxyTls: trusted() }),
    // Many proxies refuse CONNECT to anything but port 443, so plain http is asked for in the plain way.
    proxyTunnel: false,
  });
  const redirect = interceptors.redirect({ maxRedirections: 5 });
  return {
    ask: (url, asked) => request(url, { ...asked, dispatcher, reset: true }),
    askAgain: (url, { timeoutMs, ...asked }) =>
      request(url, { ...asked, dispatcher, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }),
    // Not fetch: it would unpack a .tar.gz that a server labels `Content-Encoding: gzip`, and no checksum would fit.
    download: (url, { retryAfterMs: minTimeout = 500, ...asked }) => {
      const retry = interceptors.retry({ ...whatPasses, minTimeout });
      return request(url, { ...asked, dispatcher: dispatcher.compose(retry, redirect) });
    },
    fetch: (url, init) => fetchBy(url as string, { ...(init as object), dispatcher }) as Promise<unknown> as never,
  };
}

/** Faults that may have gone within seconds; the last answer is handed on as it is. */
const whatPasses = {
  maxRetries: 2,
  timeoutFactor: 3,
  maxTimeout: 5_000,
  statusCodes: [408, 429, 500, 502, 503, 504],
  errorCodes: ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'UND_ERR_SOCKET'],
  throwOnError: false,
};

/** curl and Go accept `proxy.example:3128`; a URL needs its scheme. Empty means none, whatever the process itself has. */
function proxyUrl(value: string | undefined): string {
  if (!value) return '';
  return value.includes('://') ? value : `http://${value}`;
}

function namedCertificates(environment: NodeJS.ProcessEnv, log: Log): string[] {
  return certificateVariables.flatMap((name) => {
    const file = environment[name];
    if (!file) return [];
    try {
      return [readFileSync(file, 'utf8')];
    } catch (error) {
      log.warn(`${name}: "${file}" can't be read (${(error as Error).message}); its certificates are not trusted.`);
      return [];
    }
  });
}

/** Missing before Node 22.15. */
function systemCertificates(): readonly string[] {
  return typeof getCACertificates === 'function' ? getCACertificates('system') : [];
}
