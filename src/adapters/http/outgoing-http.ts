import { readFileSync } from 'node:fs';
import { getCACertificates, rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { Log } from '../../ports.ts';

/** A way out to the internet as this machine is set up for it. `close` lets the process end. */
export interface OutgoingHttp {
  /** Follows redirects; the body comes as it was sent, whatever its `Content-Encoding`. */
  get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/**
 * Honors HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and trusts beside Node's own certificate authorities those of the
 * system and of NODE_EXTRA_CA_CERTS and SSL_CERT_FILE. Node by itself reads these only while it starts, and some of them
 * only when told to, so that a variable set for one step would have no effect.
 */
export async function openOutgoingHttp(environment: NodeJS.ProcessEnv, log: Log): Promise<OutgoingHttp> {
  // Loaded here because most runs find k6 in a cache and never need it.
  const { buildConnector, EnvHttpProxyAgent, interceptors, request } = await import('undici');
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
  const agent = new EnvHttpProxyAgent({
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
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
  return {
    // Not fetch: it would unpack a .tar.gz that a server labels `Content-Encoding: gzip`, and no checksum would fit.
    get: (url, headers, signal) => request(url, { dispatcher, headers, signal }),
    close: () => agent.destroy(),
  };
}

/** curl and Go accept `proxy.example:3128`; a URL needs its scheme. Empty means none, whatever the process itself has. */
function proxyUrl(value: string | undefined): string {
  if (!value) return '';
  return value.includes('://') ? value : `http://${value}`;
}

function namedCertificates(environment: NodeJS.ProcessEnv, log: Log): string[] {
  return ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => {
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
