import type { Guess } from './answer.ts';
import type { DiffExcerpt } from './diff-excerpt.ts';
import { isHedge, isWordOfGuess } from './guess-vocabulary.ts';
import type { NarrativeFacts } from './narrative-facts.ts';
import { checkCharacters, isApart, type Problem, placeholder, proseOf } from './prose.ts';

/** Longest guess: a sentence that says where to look. */
export const longestGuess = 200;

/** What is wrong with `guess`: it names one file of `diff` and one fact, both by placeholder, in words of a list, as a guess. */
export function checkGuess(guess: Guess, facts: NarrativeFacts, diff: readonly DiffExcerpt[]): Problem[] {
  const { file, fact, text } = guess;
  if (!diff.some(({ id }) => id === file)) return problems('no such file was shown');
  if (!facts.findings.some(({ id }) => id === fact)) return problems('there is no such fact');
  if (text.length > longestGuess) return problems(`the text is longer than ${longestGuess} characters`);
  const pieces = text.split(placeholder);
  const prose = proseOf(pieces);
  return [
    ...checkNames(pieces, [`${file}.file`, `${fact}.name`]),
    ...checkCharacters(prose, 'guess').flatMap(({ message }) => problems(message.replace(/^guess: /, ''))),
    ...checkForm(text),
    ...checkWords(prose),
  ];
}

function problems(...messages: readonly string[]): Problem[] {
  return messages.map((message) => ({ kind: 'guess', message: `guess: ${message}` }));
}

/** Each of `wanted` once, and no other placeholder. */
function checkNames(pieces: readonly string[], wanted: readonly string[]): Problem[] {
  const found: string[] = [];
  const touching: string[] = [];
  for (let i = 1; i < pieces.length; i += 3) {
    found.push(`${pieces[i]}.${pieces[i + 1]}`);
    if (!isApart(pieces, i)) touching.push(`put blanks around {{${pieces[i]}.${pieces[i + 1]}}}`);
  }
  const isRight = found.toSorted().join(' ') === wanted.toSorted().join(' ');
  const rule = `use ${wanted.map((name) => `{{${name}}}`).join(' and ')}, each once, and no other placeholder`;
  return problems(...(isRight ? [] : [rule]), ...touching);
}

function checkForm(text: string): Problem[] {
  const isSentence = /^(?:[A-Z]|\{\{)/.test(text) && text.endsWith('.') && !text.includes('..');
  const ends = (text.replaceAll(placeholder, 'x').match(/[.;]/g) ?? []).length;
  const isBalanced = text.split('(').length === text.split(')').length;
  return isSentence && ends === 1 && isBalanced ? [] : problems('write one whole sentence that ends with a full stop');
}

function checkWords(prose: readonly string[]): Problem[] {
  const words = prose.flatMap((piece) => piece.toLowerCase().match(/[a-z'-]+/g) ?? []).filter((word) => word !== "'s");
  const strange = [...new Set(words.filter((word) => !isWordOfGuess(word)))].slice(0, 10);
  const quoted = strange.map((word) => JSON.stringify(word.slice(0, 40))).join(' ');
  return problems(
    ...(strange.length === 0 ? [] : [`not in the list of words: ${quoted}`]),
    ...(words.some(isHedge) ? [] : ['say that it may be so']),
  );
}
