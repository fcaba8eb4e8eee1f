import { readFileSync } from 'node:fs';
import { getCACertificates, rootCertificates } from 'node:tls';
import type { Log } from '../../ports.ts';
import { readText } from './readiness-answer.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Asks for one page at a time; where a redirect leads is for the caller to see, since a secret header must not follow. */
export interface ReadinessHttp {
  get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** The way out that `outgoing-http.ts` describes: its proxies and its certificate authorities, without its redirects. */
export async function openReadinessHttp(environment: NodeJS.ProcessEnv, log: Log): Promise<ReadinessHttp> {
  const { EnvHttpProxyAgent, request } = await import('undici');
  const tls = { ca: trustedCertificates(environment, log) };
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: withScheme(environment['http_proxy'] ?? environment['HTTP_PROXY']),
    httpsProxy: withScheme(environment['https_proxy'] ?? environment['HTTPS_PROXY']),
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
    ...{ connect: tls, requestTls: tls, proxyTls: tls, proxyTunnel: false },
  });
  return {
    get: async (url, headers, signal) => {
      const answer = await request(url, { dispatcher, headers: { ...headers }, signal });
      return { status: answer.statusCode, headers: answer.headers, body: await readText(answer.body) };
    },
    close: () => dispatcher.destroy(),
  };
}

function withScheme(proxy: string | undefined): string {
  if (!proxy) return '';
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function trustedCertificates(environment: NodeJS.ProcessEnv, log: Log): string[] {
  const files = [environment['NODE_EXTRA_CA_CERTS'], environment['SSL_CERT_FILE']].filter(Boolean) as string[];
  const named = files.flatMap((file) => {
    try {
      return [readFileSync(file, 'utf8')];
    } catch (error) {
      log.warn(`"${file}" can't be read (${(error as Error).message}); its certificates are not trusted.`);
      return [];
    }
  });
  // Missing before Node 22.15.
  const system = typeof getCACertificates === 'function' ? getCACertificates('system') : [];
  return [...new Set([...rootCertificates, ...system, ...named])];
}
