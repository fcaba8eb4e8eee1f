/** Longest name kept whole, in UTF-16 units; a longer one is cut and told apart by a hash of its full text. */
export const longestName = 200;

/**
 * Makes a name from outside (endpoint, check, metric, scenario) fit to be kept and shown: runs of control, line and
 * direction-changing characters become one space, lone surrogates U+FFFD, and a long name is cut to 200 characters
 * and ` #hash`. Markdown and HTML stay as they are: each renderer escapes for its own medium.
 */
export function cleanName(text: string): string {
  const clean = text.replace(unprintable, ' ').trim().toWellFormed();
  if (clean.length <= longestName) return clean === '' ? '(empty)' : clean;
  return `${clean
    .slice(0, longestName)
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
