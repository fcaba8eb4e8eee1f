/** Stands where a line was taken out. */
const removed = '(a line that may hold a secret)';

/**
 * `hunks` without lines that look like secrets. Better a harmless line too few than a password too many: what is dropped
 * is only missed by a guess. Not every secret looks like one, so this is a help and no promise.
 */
export function withoutSecretLines(hunks: string): string {
  let isInsideKey = false;
  return hunks
    .split('\n')
    .map((line) => {
      const begins = keyBegins.test(line);
      const isSecret = isInsideKey || begins || looksSecret(line);
      isInsideKey = (isInsideKey || begins) && !keyEnds.test(line);
      return isSecret ? `${/^[ +-]/.exec(line)?.[0] ?? ''}${removed}` : line;
    })
    .join('\n');
}

const keyBegins = /-----BEGIN [^-]*(?:PRIVATE KEY|CERTIFICATE|MESSAGE|SECRET)/;
const keyEnds = /-----END /;

function looksSecret(line: string): boolean {
  return (
    knownToken.test(line) ||
    credentialsInUrl.test(line) ||
    authorization.test(line) ||
    named.test(line) ||
    line.split(/[^A-Za-z0-9+/=_-]+/).some(isDense)
  );
}

/** Tokens that say by their beginning what they are. */
const knownToken =
  /(?:^|[^A-Za-z0-9])(?:sk-|[rsp]k_(?:live|test)_|whsec_|gh[oprsu]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|A[KS]IA[A-Z0-9]|AIza|ya29\.|npm_|pypi-|hf_|dop_v1_|SG\.|shp(?:at|ss)_|eyJ)[\w./+-]{8,}/;

const credentialsInUrl = /[a-z][a-z0-9+.-]*:\/\/[^\s/@"'`]+@/i;

const authorization = /\b(?:Bearer|Basic)\s+["'`]?[\w.~+/=-]{8,}/i;

/** `password: …`, `API_KEY=…`, `"secret" => …`, where what follows is a value and no call, type or variable of code. */
const named =
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|signing[_-]?key|dsn|connection[_-]?string)\w{0,20}["'`\]]*\s*(?::=|=>|[:=])\s*(?:["'`][^"'`]{4,}["'`]|(?!(?:string|number|boolean|undefined|null|true|false|none)\b)[^\s"'`(){}[\]$,;]{4,}[,;]?\s*$)/i;

/** Long, and of all kinds of characters as random ones are: no word, path or identifier is. */
function isDense(run: string): boolean {
  if (run.length < 24) return false;
  if (/^[0-9a-f]{32,}$/i.test(run)) return true;
  const digits = run.replaceAll(/[^0-9]/g, '').length;
  return digits >= 3 && /[a-z]/.test(run) && /[A-Z]/.test(run) && new Set(run).size >= 15;
}
