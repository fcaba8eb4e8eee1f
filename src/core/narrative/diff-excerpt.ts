/** A changed file as it came from git or GitHub; nothing of it is trusted. */
export interface ChangedFile {
  readonly path: string;
  /** Its hunks, each with its `@@` line; empty where there are none to read, as in binary files. */
  readonly hunks: string;
}

/** A changed file as a model may see it: cleaned, cut and known by an id. */
export interface DiffExcerpt {
  /** `d1`, `d2`, … */
  readonly id: string;
  /** As git names it; shown to people only by a renderer that escapes it. */
  readonly path: string;
  /** The path in plain letters, for a prompt. */
  readonly label: string;
  /** Its hunks, cleaned and cut. */
  readonly text: string;
}

/** What is shown at most; each character of an excerpt is one byte. */
export const excerptLimits = { files: 20, bytesPerFile: 2000, bytes: 12_000, labelBytes: 120 } as const;

/** What a model may see of `files`: code before tests, without what nobody wrote and what looks like a secret. */
export function excerptChanges(files: readonly ChangedFile[]): DiffExcerpt[] {
  const readable = mostTelling(files)
    .filter(({ hunks }) => hunks.startsWith('@@') && !looksGenerated(hunks))
    .slice(0, excerptLimits.files);
  const excerpts: DiffExcerpt[] = [];
  let left: number = excerptLimits.bytes;
  for (const { path, hunks } of readable) {
    const label = plainLabel(path);
    const room = Math.min(excerptLimits.bytesPerFile, left - label.length);
    const text = cut(cleanText(hunks.slice(0, longestRead)), room);
    if (text === '') continue;
    left -= label.length + text.length;
    excerpts.push({ id: `d${excerpts.length + 1}`, path, label, text });
  }
  return excerpts;
}

/** The lines of `text` with their numbers in the new file, as far as they are in it. */
export function numberedLines(text: string): { readonly line: string; readonly number?: number }[] {
  let next: number | undefined;
  return text.split('\n').map((line) => {
    const begins = /^@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})/.exec(line)?.[1];
    if (begins !== undefined) next = Number(begins);
    if (next === undefined || !/^[ +]/.test(line)) return { line };
    return { line, number: next++ };
  });
}

/** Enough to fill the room of a file even if lines are dropped. */
const longestRead = 20_000;

const longestLine = 300;

/**
 * `text` without lines that look like secrets, without invisible, bidirectional and control characters, and without what
 * could close the frame that the prompt puts around it or look like one of its placeholders.
 */
function cleanText(text: string): string {
  const lines = text.split(/\r\n?|\n/).map((line) => line.slice(0, longestLine));
  return withoutSecretLines(lines.join('\n'))
    .replaceAll('\t', '  ')
    .replaceAll(/[^\n\u0020-\u007e]+/g, '?')
    .replaceAll(/<(?=[/!]|changes)/gi, '(')
    .replaceAll('{{', '{ {');
}

/** Whole lines of `text`, at most `room` characters. */
function cut(text: string, room: number): string {
  if (text.length <= room) return text.trimEnd();
  const end = text.lastIndexOf('\n', room);
  return end <= 0 ? '' : text.slice(0, end).trimEnd();
}

/** A name from outside in plain letters, so that a prompt may hold it. */
export function plainLabel(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9 ._/:()[\]-]+/g, '?').trim();
  return plain.length <= excerptLimits.labelBytes ? plain : `...${plain.slice(3 - excerptLimits.labelBytes)}`;
}

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

/**
 * `files` that could have to do with latency, by their paths: code and configuration first, then tests and texts. Without
 * what nobody wrote by hand, what has no lines to read, and what holds secrets by its nature.
 */
export function mostTelling<File extends { readonly path: string }>(files: readonly File[]): File[] {
  const written = files.filter(({ path }) => !skipped.some((pattern) => pattern.test(path)));
  return [...written.filter(({ path }) => !late.test(path)), ...written.filter(({ path }) => late.test(path))];
}

const skipped = [
  /(?:^|\/)(?:dist|vendor|node_modules|third_party|bower_components|__snapshots__|\.yarn|\.next)\//,
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|packages\.lock\.json|go\.(?:sum|work\.sum)|\.pnp\.[cm]?js)$/,
  /\.(?:lock|lockb|lockfile)$/i,
  /[.-]min\.(?:js|css|mjs)$|\.(?:bundle|chunk)\.js$|\.map$|\.snap$/i,
  /\.(?:pb|generated|gen|g)\.\w+$|\.pb\.\w+\.\w+$|_pb2?(?:_grpc)?\.(?:py|js|ts|rb)$|\.designer\.cs$/i,
  /\.(?:svg|png|jpe?g|gif|ico|webp|avif|pdf|zip|gz|jar|wasm|woff2?|ttf|eot|mp[34]|csv|tsv|parquet|sqlite|db)$/i,
  /(?:^|\/)\.(?:env|npmrc|pypirc|netrc|htpasswd)(?:[./]|$)|\.(?:pem|key|p12|pfx|jks|keystore|asc|kdbx|tfvars|tfstate)$|(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)/i,
  /(?:^|\/)(?:secrets?|credentials?)(?:\.\w+)*$/i,
];

const late =
  /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fixtures|docs?|examples?)\/|[._](?:test|spec)\.\w+$|\.(?:md|mdx|rst|adoc|txt)$|(?:^|\/)(?:LICENSE|CHANGELOG)/i;

/** Whether the lines themselves say that a program wrote them: by a remark, or by their length. */
function looksGenerated(hunks: string): boolean {
  const lines = hunks.split('\n').filter((line) => /^[ +-]/.test(line));
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  return length > lines.length * longestUsualLine || lines.slice(0, 15).some((line) => remark.test(line));
}

/** Characters that hand-written lines stay under on average. */
const longestUsualLine = 200;

const remark =
  /@generated\b|\bdo not edit\b|\bauto(?:matically)?[ -]?generated\b|\bgenerated (?:by|from|automatically)\b/i;
