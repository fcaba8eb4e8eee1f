/** Where a request goes: host name in lower case and the port as a number. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

const schemePorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 };
const loopback = new Set(['localhost', '127.0.0.1', '[::1]', '0.0.0.0']);

/** Reads a URL, or a bare `host:port` as gRPC clients take it; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/^dns:\/{0,3}/, '');
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(plain) ? plain : `grpc://${plain}`);
  if (url === null || url.hostname === '') return undefined;
  const ownPort = schemePorts[url.protocol];
  return {
    hostname: url.hostname.toLowerCase().replace(/\.$/, ''),
    port: url.port === '' ? (ownPort ?? 443) : Number(url.port),
  };
}

/**
 * Do both addresses mean one service? Plain HTTP and HTTPS on their own ports count as one, and so do the names of the
 * loopback interface. gRPC and WebSocket servers often listen on a port of their own, so there the host alone decides.
 */
export function isSameHost(a: Address, b: Address, protocol: 'http' | 'grpc' | 'ws' = 'http'): boolean {
  const sameName = a.hostname === b.hostname || (loopback.has(a.hostname) && loopback.has(b.hostname));
  if (!sameName) return false;
  return protocol !== 'http' || a.port === b.port || (isStandardPort(a) && isStandardPort(b));
}

function isStandardPort({ port }: Address): boolean {
  return port === 80 || port === 443;
}

/** `host`, or `host:port` where the port isn't the usual one. */
export function describeAddress(address: Address): string {
  return isStandardPort(address) ? address.hostname : `${address.hostname}:${address.port}`;
}

/** Every way in which a URL may write this host, in lower case: `host:port`, and `host` where the port is the usual one. */
export function hostForms(address: Address): readonly string[] {
  const names = loopback.has(address.hostname) ? [...loopback] : [address.hostname];
  return names.flatMap((name) =>
    isStandardPort(address) ? [name, `${name}:80`, `${name}:443`] : [`${name}:${address.port}`],
  );
}
