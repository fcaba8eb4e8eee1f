/** Words in a path that stand for doing something, however the request is made. */
const actions =
  /(?:^|[-_.~/])(?:log-?out|sign-?out|log-?off|delete|remove|destroy|drop|purge|clear|reset|cancel|unsubscribe|subscribe|confirm|verify|activate|deactivate|approve|reject|accept|decline|pay|buy|order-now|purchase|refund|transfer|send|publish|unpublish|trigger|run|execute|start|stop|restart|shutdown|kill|revoke|rotate|toggle|enable|disable|like|vote|increment)(?:[-_.~/]|$)/i;

/** Parameters whose value counts once, or does something. */
const oneTime =
  /^(?:token|code|otp|nonce|state|sig|signature|expires|ticket|csrf|_csrf|magic|key|action|cmd|command|op|do)$/i;

/**
 * Whether a GET request of the script may be sent some more times without its knowing: none that looks as if it changed
 * something, or as if it could be used once only. In doubt it isn't.
 */
export function isSafeToRepeat(method: string, path: string): boolean {
  if (method.toUpperCase() !== 'GET') return false;
  const [way = '', query = ''] = path.split('?');
  if (actions.test(decoded(way))) return false;
  return ![...new URLSearchParams(query).keys()].some((name) => oneTime.test(name));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Parameters by which lists are commonly cut into pages. */
const pageSize = /^(?:limit|per[-_]?page|page[-_]?size|size|count|first|take|max[-_]?results|\$top)$/i;

/** `path` with a quarter of the page size that it asks for; undefined where it asks for none, or for fewer than four. */
export function withSmallerPage(path: string): string | undefined {
  const [way = '', query = ''] = path.split('?');
  const parameters = new URLSearchParams(query);
  const sized = [...parameters].find(
    ([name, value]) => pageSize.test(name) && /^\d{1,5}$/.test(value) && Number(value) >= 4,
  );
  if (sized === undefined) return undefined;
  parameters.set(sized[0], String(Math.floor(Number(sized[1]) / 4)));
  return `${way}?${parameters}`;
}
