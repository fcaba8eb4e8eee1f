/** Why a text is refused. `message` is for the model that wrote it and quotes it; `kind` is for people. */
export interface WordingProblem {
  readonly kind: 'form' | 'markup' | 'number' | 'direction' | 'word' | 'placeholder' | 'order' | 'missing' | 'guess';
  readonly message: string;
}

/** `{{f1.change}}`: splitting by it gives prose, id and slot by turns. */
export const placeholder = /\{\{([a-z]+\d*)\.([a-z]+)\}\}/g;

/** What stands between the placeholders. */
export function proseOf(pieces: readonly string[]): string[] {
  return pieces.filter((_, i) => i % 3 === 0);
}

/** Whether the placeholder whose id is `pieces[i]` touches no word: what it reads as would merge with it. */
export function isApart(pieces: readonly string[], i: number): boolean {
  const [before, after] = [pieces[i - 1] ?? '', pieces[i + 2] ?? ''];
  return ((i === 1 && before === '') || /[ (]$/.test(before)) && /^(?:[ ),.;]|'s )/.test(after);
}

/** Letters, blanks and the plainest punctuation: nothing that any markup, mention, link or number is made of. */
export function checkCharacters(prose: readonly string[], id: string): WordingProblem[] {
  const strange = [...new Set(prose.join('').replaceAll(/[A-Za-z ,.;()']|(?<=[A-Za-z])-(?=[A-Za-z])/g, ''))];
  if (strange.length === 0) return [];
  const isNumber = strange.some((character) => /[\p{N}%‰]/u.test(character));
  const shown = strange
    .slice(0, 10)
    .map((character) => JSON.stringify(character))
    .join(' ');
  const message = isNumber
    ? `numbers stand only in placeholders; remove ${shown}`
    : `only letters and , . ; ( ) ' are allowed; remove ${shown}`;
  return [{ kind: isNumber ? 'number' : 'markup', message: `${id}: ${message}` }];
}
