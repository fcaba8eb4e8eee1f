/** A changed file as a model may see it: cleaned, cut and known by an id. */
export interface DiffExcerpt {
  /** `d1`, `d2`, … */
  readonly id: string;
  /** As the diff names it; shown to people only by a renderer that escapes it. */
  readonly path: string;
  /** The path in plain letters, for a prompt. */
  readonly label: string;
  /** Its hunks, cleaned and cut. */
  readonly text: string;
}

const mostFiles = 20;
const longestFile = 2000;
const longestDiff = 12_000;
const longestLabel = 120;

/** The first files of a unified diff (`git diff`), without what could hide in them: see `cleanText`. */
export function excerptDiff(diff: string): DiffExcerpt[] {
  const excerpts: DiffExcerpt[] = [];
  let left = longestDiff;
  for (const file of diff.split(/^(?=diff --git )/m)) {
    const path = pathOf(file);
    const hunksAt = file.search(/^@@ /m);
    if (path === undefined || hunksAt < 0 || isUnreadable(path)) continue;
    if (excerpts.length === mostFiles || left <= 0) break;
    const text = cleanText(file.slice(hunksAt)).slice(0, Math.min(longestFile, left));
    left -= text.length;
    excerpts.push({ id: `d${excerpts.length + 1}`, path, label: plainLabel(path), text });
  }
  return excerpts;
}

function pathOf(file: string): string | undefined {
  return /^\+\+\+ b\/([^\t\r\n]+)/m.exec(file)?.[1] ?? /^--- a\/([^\t\r\n]+)/m.exec(file)?.[1];
}

/** Files that nobody wrote by hand say nothing. */
function isUnreadable(path: string): boolean {
  return /(?:^|\/)(?:dist|vendor|node_modules)\/|\.(?:lock|min\.js|map|snap|svg)$|(?:^|\/)package-lock\.json$/.test(
    path,
  );
}

/**
 * `text` without invisible, bidirectional and control characters, without what looks like a secret, and in characters
 * that can't close the frame that the prompt puts around it.
 */
function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\n\t\u0020-\u007e]/g, '?')
    .replaceAll(/[<>]/g, (bracket) => (bracket === '<' ? '(' : ')'))
    .replaceAll(secret, '(removed)');
}

const secret =
  /-----BEGIN[^-]*PRIVATE KEY-----[\s\S]*?(?:-----END[^-]*-----|$)|\b(?:sk-ant-|gh[pousr]_|github_pat_|xox[abprs]-|AKIA|eyJ)[\w.-]{8,}|[A-Za-z0-9+/_-]{40,}={0,2}|((?:password|passwd|secret|token|api[_-]?key)["']?\s*[:=]\s*)\S+/gi;

function plainLabel(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9._/-]/g, '?').slice(0, longestLabel);
}
