/** The name under which requests are joined, and the host that it leaves out or begins with. */
export interface EndpointName {
  readonly name: string;
  /** Host of the URL, where nobody said which hosts are the target's. */
  readonly host?: string;
  /** Set when the host isn't the target's: the name begins with it. */
  readonly otherHost?: string;
}

/**
 * Which endpoint does a request belong to? A name that the script chose is only cleaned. A URL loses scheme, host, query
 * and fragment, and its variable path segments become `:id` or `:date`, so that `/items/7?x=1` and `/items/8` are one
 * endpoint.
 *
 * `query`, the one parameter that is asked for, stays behind the path: `/index.php?action=list`.
 *
 * `targetHosts` (lower-case `host` or `host:port`) are the hosts under test: a URL of another host keeps its host in the
 * name and is flagged. Without `targetHosts` the host is handed back beside the name.
 */
export function endpointName(
  name: string,
  isNamed: boolean,
  targetHosts: readonly string[] | undefined,
  query?: string,
): EndpointName {
  const url = isNamed ? undefined : splitAddress(name);
  if (url === undefined) return { name: cleanName(name) };
  const path = cleanName(templatePath(url.path) + (query === undefined ? '' : `?${templateParameter(query)}`));
  if (url.host === undefined) return { name: path };
  if (targetHosts === undefined) return { name: path, host: cleanName(url.host) };
  return targetHosts.includes(url.host) ? { name: path } : atOtherHost(path, cleanName(url.host));
}

/** The endpoint `path` of a host that isn't the target's. */
export function atOtherHost(path: string, host: string): { readonly name: string; readonly otherHost: string } {
  return { name: cleanName(host + path), otherHost: host };
}

/** Whether a `name` is a URL (k6's default) and not a name of the script's own choosing. */
export function isUrlName(name: string): boolean {
  return splitAddress(name) !== undefined;
}

/** A method at the beginning of a name, as people write it: `POST /x`, `post /x`, `POST: /x`, `[POST] /x`, `POST - /x`. */
const methodBeforeName = /^\s*[[(]?([a-z]+)[\])]?(?:\s*:(?!\/\/)\s*|\s+(?:[-–—|>:]+\s+)?)(?=\S)/iu;

/** In capitals it may stand right before the path: `POST/x`, `POST_/x`, `POST|/x`. */
const methodBeforePath = /^\s*([A-Z]+)[-_|>]*(?=\/|https?:)/u;

/** What `name` has of a method at its beginning, and the method in capitals. */
function methodBefore(name: string): { readonly beginning: string; readonly method: string } {
  const [beginning = '', word = ''] = methodBeforeName.exec(name) ?? methodBeforePath.exec(name) ?? [];
  return { beginning, method: word.toUpperCase() };
}

/** `name` without the method of its requests, which people like to write before it: labels begin with it anyway. */
export function withoutMethod(name: string, method: string): string {
  const before = methodBefore(name);
  return before.method === method.toUpperCase() ? name.slice(before.beginning.length) : name;
}

/** Stands for the method of requests that don't tell theirs. */
export const unknownMethod = 'HTTP';

/** The method of requests called `name`: theirs, or where they tell none the one before the name. */
export function methodOf(name: string, method: string): string {
  const before = methodBefore(name).method;
  return method === unknownMethod && methods.has(before) ? before : method;
}

/** Name and host of requests that the script called `name`: without the method, and of a URL the path. */
export function nameOfNamed(name: string, method: string, targetHosts: readonly string[] | undefined): EndpointName {
  const plain = withoutMethod(name, method);
  return endpointName(plain, plain === name || !isUrlName(plain), targetHosts);
}

const methods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT QUERY GRPC'.split(' '),
);

/** The labels that somebody may mean who writes `label`: itself, with its method once and in capitals, and a URL as its path. */
export function labelsMeantBy(label: string): string[] {
  const { beginning, method } = methodBefore(label);
  if (!methods.has(method)) return [label];
  const name = withoutMethod(label.slice(beginning.length), method);
  const { host = '', name: path } = endpointName(name, false, undefined);
  return [...new Set([label, `${method} ${path}`, `${method} ${host}${path}`])];
}

/**
 * The URL forms that k6 writes into `name`: an absolute URL, and what its `http.url` template leaves of one,
 * `http://host/items/${}` or, when the base URL was a placeholder too, `${}/items/${}`.
 */
function splitAddress(text: string): { readonly host?: string; readonly path: string } | undefined {
  const template = /^\$\{\}(\/[^?#]*)/u.exec(text);
  if (template !== null) return { path: template[1] as string };
  const absolute = /^([a-z]+):\/\/(?:[^/?#@]*@)?([^/?#]+)([^?#]*)/iu.exec(text);
  const [, scheme = '', authority = '', path = ''] = absolute ?? [];
  if (absolute === null || !/^(?:https?|wss?|grpcs?)$/iu.test(scheme)) return undefined;
  return placeholders.test(authority) ? { path } : { host: plainHost(scheme, authority), path };
}

/** In small letters and without a port that goes without saying, as `URL` has it. */
function plainHost(scheme: string, authority: string): string {
  const isEncrypted = /s$/iu.test(scheme);
  return URL.parse(`${isEncrypted ? 'https' : 'http'}://${authority}`)?.host ?? authority.toLowerCase();
}

/** `path` with variable segments replaced; `/` when empty. */
export function templatePath(path: string): string {
  if (path === '' || path === '/') return '/';
  return path.split('/').map(templateSegment).join('/');
}

function templateSegment(segment: string): string {
  if (segment === '') return '';
  const [text = ''] = segment.split(';', 1);
  if (versionSegment.test(text)) return text;
  if (date.test(text)) return ':date';
  if (text.length > longestSegment) return ':id';
  const whole = templateWord(text);
  if (whole !== text) return whole;
  return text.split('.').map(templateWord).join('.');
}

/** A segment longer than this is data, whatever it holds. */
const longestSegment = 64;

const placeholders = /\$\{\}/u;
const allPlaceholders = /\$\{\}/gu;
const versionSegment = /^v?\d\.\d{1,2}(?:\.\d{1,2})?$/iu;
const date = /^(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T[\d:.%A-Z+-]*)?)?$/iu;
const numbers = /^[-+]?\d+(?:(?:[.,:]|%2C|%3A)-?\d+)*$/iu;
const uuid = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/giu;
const hex = /^(?=.*\d)[\da-f]{8,}$/iu;
const opaque = /^(?=(?:.*\d){2})(?=.*[a-z])[\da-z]{16,}$/iu;
const opaqueWithDashes = /^(?=(?:.*\d){2})(?=.*[a-z])(?=.*[A-Z])[\w-]{20,}={0,2}$/u;
const email = /^[^@]+(?:@|%40)[^@]+\.[^@]+$/iu;
const endsInNumber = /^(.*[-_~:])\d+$/u;
const prefixedToken = /^([a-z]{2,8}_)(?=.*\d)[\da-z]{8,}$/iu;

/** One dot-separated part of a segment, so that `7.json` and `app.3f2a9c1b.js` keep their endings. */
function templateWord(word: string): string {
  if (placeholders.test(word)) return word.replace(allPlaceholders, ':id');
  if (numbers.test(word) || hex.test(word) || opaque.test(word) || opaqueWithDashes.test(word) || email.test(word)) {
    return ':id';
  }
  const withoutUuid = word.replace(uuid, ':id');
  if (withoutUuid !== word) return withoutUuid;
  return word.replace(endsInNumber, '$1:id').replace(prefixedToken, '$1:id');
}

/** `action=list` as it is, `id=7` as `id=:id`. */
function templateParameter(query: string): string {
  const [key = '', ...value] = query.split('=');
  return `${key}=${templateSegment(value.join('='))}`;
}

/** Fewer values than this at one place are as likely resources of one API. */
export const manyValues = 20;

/** A place in the paths at which many values stand, with nothing else to tell the paths apart. */
export interface ValuePlace {
  /** The path with `:name` at that place. */
  readonly path: string;
  readonly values: readonly string[];
}

/** Where `paths` that differ in one segment only are so many that it may be a value: `/blog/:name`. Most values first. */
export function valuePlaces(paths: readonly string[]): ValuePlace[] {
  const places = new Map<string, Set<string>>();
  for (const path of paths) {
    const segments = path.split('/');
    for (const [i, segment] of segments.entries()) {
      if (segment === '' || segment.startsWith(':')) continue;
      const place = segments.with(i, ':name').join('/');
      const values = places.get(place) ?? new Set<string>();
      places.set(place, values.add(segment));
    }
  }
  return Array.from(places, ([path, values]) => ({ path, values: [...values].sort() }))
    .filter(({ values }) => values.length >= manyValues)
    .sort((a, b) => b.values.length - a.values.length || (a.path < b.path ? -1 : 1));
}

/** Whether `path` is one of those that differ only where the place has its value. */
export function isOfPlace(path: string, place: string): boolean {
  const wanted = place.split('/');
  const segments = path.split('/');
  return (
    segments.length === wanted.length && segments.every((segment, i) => wanted[i] === ':name' || wanted[i] === segment)
  );
}

/** Longest name kept whole, in UTF-16 units; a longer one is cut and told apart by a hash of its full text. */
export const longestEndpointName = 200;

/**
 * Makes a name from outside (endpoint, check, metric, scenario) fit to be kept and shown: runs of control, line and
 * direction-changing characters become one space, lone surrogates U+FFFD, and a long name is cut to 200 characters
 * and ` #hash`. Markdown and HTML stay as they are: each renderer escapes for its own medium.
 */
export function cleanName(text: string): string {
  const clean = text.replace(unprintable, ' ').trim().toWellFormed();
  if (clean.length <= longestEndpointName) return clean === '' ? '(empty)' : clean;
  return `${clean
    .slice(0, longestEndpointName)
    .toWellFormed()
    .replace(/\uFFFD$/u, '')} #${hashText(text)}`;
}

/** C0 and C1 controls, line and paragraph separators, bidirectional overrides and isolates, invisible joiners but ZWJ. */
const unprintable = /[\u0000-\u001F\u007F-\u009F\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]+/gu;

/**
 * Eight hexadecimal digits that tell texts apart; not a cryptographic hash.
 *
 * Source: FNV-1a, 32 bits (Fowler, Noll, Vo), over UTF-16 units.
 */
export function hashText(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
