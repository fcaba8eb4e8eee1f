/** A blank that does not part a number from its unit. */
const breakable = / (?!(?:%|pp|ms|s)(?:\W|$))/;

/**
 * `line` broken at blanks into lines of at most `width` characters, the later ones indented; words longer than a line
 * are cut.
 */
export function wrapLine(line: string, width: number, indent: string): string {
  const wrapped: string[] = [];
  const start = /^ */.exec(line)?.[0] ?? '';
  let current = start;
  for (const word of line
    .slice(start.length)
    .split(breakable)
    .flatMap((text) => cut(text, width - indent.length))) {
    const longer = current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
    if (current.trim() !== '' && lengthOf(longer) > width) {
      wrapped.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...wrapped, current].join('\n');
}

function cut(word: string, longest: number): string[] {
  const characters = Array.from(word);
  if (characters.length <= longest) return [word];
  const pieces = Math.ceil(characters.length / longest);
  return Array.from({ length: pieces }, (_, i) => characters.slice(i * longest, (i + 1) * longest).join(''));
}

/** Characters, not UTF-16 units. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}
