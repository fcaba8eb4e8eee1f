/** The name under which requests are joined, and the host when it isn't the target's. */
export interface EndpointName {
  readonly name: string;
  readonly otherHost?: string;
}

/**
 * Which endpoint does a request belong to? A name that the script chose is only cleaned. A URL loses scheme, host and
 * query, and its variable path segments become `:id` or `:date`, so that `/items/7?x=1` and `/items/8` are one endpoint.
 *
 * `targetHosts` (lower-case `host` or `host:port`) are the hosts under test: a URL of another host keeps its host in the
 * name and is flagged. Without `targetHosts` every host counts as the target's.
 */
export function endpointName(name: string, isNamed: boolean, targetHosts: readonly string[] | undefined): EndpointName {
  const url = isNamed ? undefined : splitAddress(name);
  if (url === undefined) return { name: cleanName(name) };
  const path = templatePath(url.path);
  const isOther = targetHosts !== undefined && url.host !== undefined && !targetHosts.includes(url.host);
  if (isOther) return { name: cleanName(url.host + path), otherHost: cleanName(url.host as string) };
  return { name: cleanName(path) };
}

/** Whether a `name` is a URL (k6's default) and not a name of the script's own choosing. */
export function isUrlName(name: string): boolean {
  return splitAddress(name) !== undefined;
}

/**
 * The URL forms that k6 writes into `name`: an absolute URL, and what its `http.url` template leaves of one,
 * `http://host/items/${}` or, when the base URL was a placeholder too, `${}/items/${}`.
 */
function splitAddress(text: string): { readonly host?: string; readonly path: string } | undefined {
  const template = /^\$\{\}(\/[^?#]*)/u.exec(text);
  if (template !== null) return { path: template[1] as string };
  const absolute = /^(?:https?|wss?|grpcs?):\/\/(?:[^/?#@]*@)?([^/?#]+)([^?#]*)/iu.exec(text);
  if (absolute === null) return undefined;
  const host = (absolute[1] as string).toLowerCase();
  return placeholders.test(host) ? { path: absolute[2] as string } : { host, path: absolute[2] as string };
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
