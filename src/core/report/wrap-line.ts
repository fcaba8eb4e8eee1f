/** `line` broken at blanks into lines of at most `width` characters, the later ones indented; long words stay whole. */
export function wrapLine(line: string, width: number, indent: string): string {
  const wrapped: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && lengthOf(longer) > width) {
      wrapped.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...wrapped, current].join('\n');
}

/** Characters, not UTF-16 units. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}
