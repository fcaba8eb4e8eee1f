import stringWidth from 'string-width';

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
  if (lengthOf(word) <= longest) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && lengthOf(piece + character) > longest) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Columns of a terminal: ideographs and most emoji take two, combining marks none. */
export function lengthOf(text: string): number {
  return isPlain.test(text) ? text.length : stringWidth(text);
}

const isPlain = /^[ -~]*$/;
