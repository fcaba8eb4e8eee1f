/** Words in a path or a parameter's name that stand for doing something, however the request is made. */
const actions = new Set(
  `logout logoff signout signoff delete remove destroy drop purge clear reset cancel unsubscribe subscribe confirm verify
  activate deactivate approve reject accept decline pay buy purchase refund transfer send publish unpublish trigger run
  execute start stop restart shutdown kill revoke rotate toggle enable disable like vote increment add create update save
  set put insert import upload sync refresh generate register submit apply redeem book reserve method`.split(/\s+/),
);

/** Two words that are one. */
const parted = /\b(log|sign)[-_.~]?(out|off)\b/gi;

/** Parameters whose value counts once, is a secret, or does something. */
const oneTime =
  /^_?(?:code|otp|nonce|state|expires|ticket|csrf|magic|action|cmd|command|op|do)$|token|secret|sess|passw|jwt|auth(?!or)|signature|credential|^sid$|^sig$|key$/i;

/** Headers by which a request is another one than its method says. */
const overrides = /^x-(?:http-)?method(?:-override)?$/i;

/**
 * Whether a GET request of the script may be sent some more times without its knowing: none that looks as if it changed
 * something, or as if it could be used once only. In doubt it isn't.
 */
export function isSafeToRepeat(method: string, path: string, headers: Readonly<Record<string, string>> = {}): boolean {
  if (method.toUpperCase() !== 'GET' || Object.keys(headers).some((name) => overrides.test(name))) return false;
  const [way = '', query = ''] = path.split('?');
  const names = [...new URLSearchParams(query).keys()];
  return (
    ![decoded(way), ...names].flatMap(wordsOf).some((word) => actions.has(word)) &&
    !names.some((name) => oneTime.test(name))
  );
}

/** `/deleteUser` -> delete, user. */
function wordsOf(text: string): string[] {
  return text
    .replaceAll(parted, '$1$2')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
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
