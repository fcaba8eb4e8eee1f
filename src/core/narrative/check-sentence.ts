import { type Guess, isSlot, readSlot } from './answer.ts';
import { type DiffExcerpt, numberedLines } from './diff-excerpt.ts';
import type { Fact, NarrativeFacts } from './narrative-facts.ts';
import { checkCharacters, isApart, placeholder, proseOf, type WordingProblem } from './prose.ts';
import { type Claim, claimOf, isHedge, isWordOfGuess, kindOfForbiddenWord, phrases } from './vocabulary.ts';

/** Longest text of one fact: two sentences that somebody reads. */
export const longestSentence = 300;

/** What is wrong with `text` as the wording of `fact`; empty when every word of it may be published. */
export function checkSentence(text: string, fact: Fact): WordingProblem[] {
  if (text.length > longestSentence) {
    return [{ kind: 'form', message: `${fact.id}: the text is longer than ${longestSentence} characters` }];
  }
  const pieces = text.split(placeholder);
  const prose = proseOf(pieces);
  return [
    ...checkPlaceholders(pieces, fact),
    ...checkCharacters(prose, fact.id),
    ...checkShape(text, fact),
    ...checkWords(prose, fact),
    ...checkSubjects(text, fact),
  ];
}

/** Only this fact's own placeholders, each once, among them its name and how much it changed. */
function checkPlaceholders(pieces: readonly string[], fact: Fact): WordingProblem[] {
  const problem = (message: string): WordingProblem => ({ kind: 'placeholder', message: `${fact.id}: ${message}` });
  const used: string[] = [];
  const problems: WordingProblem[] = [];
  for (let i = 1; i < pieces.length; i += 3) {
    const [id, slot] = [pieces[i] ?? '', pieces[i + 1] ?? ''];
    if (id !== fact.id) problems.push(problem(`{{${id}.${slot}}} belongs to another fact; use {{${fact.id}.…}} only`));
    else if (!isSlot(slot) || readSlot(fact, slot) === undefined)
      problems.push(problem(`there is no {{${id}.${slot}}}`));
    else if (used.includes(slot)) problems.push(problem(`{{${id}.${slot}}} is used more than once`));
    used.push(slot);
    const before = pieces[i - 1] ?? '';
    if (!isApart(pieces, i)) problems.push(problem(`put blanks around {{${id}.${slot}}}`));
    const isFigure = slot === 'values' || slot === 'change' || slot === 'range';
    if (isFigure && /\b(?:to|from|between)\s+$/i.test(before)) {
      problems.push(problem(`{{${id}.${slot}}} already says from, to or between, or is a difference`));
    }
  }
  if (!used.includes('name')) problems.push(problem(`{{${fact.id}.name}} is missing`));
  const hasFigure = used.includes('change') || used.includes('values');
  if (!hasFigure && fact.change !== '') problems.push(problem(`{{${fact.id}.change}} is missing`));
  return problems;
}

/** One or two whole sentences on one line. */
function checkShape(text: string, fact: Fact): WordingProblem[] {
  const isWhole = /^(?:[A-Z]|\{\{)/.test(text) && text.endsWith('.') && !text.includes('..');
  const opened = text.split('(').length - 1;
  const closed = text.split(')').length - 1;
  const ends = (text.replaceAll(placeholder, 'x').match(/[.;]/g) ?? []).length;
  if (isWhole && opened === closed && ends <= 2) return [];
  const message =
    'write one or two whole sentences that begin with a capital letter or a placeholder and end with a full stop';
  return [{ kind: 'form', message: `${fact.id}: ${message}` }];
}

function checkWords(prose: readonly string[], fact: Fact): WordingProblem[] {
  // A placeholder parts words as a full stop does: no phrase reaches across it.
  const runs = prose.flatMap((piece) => piece.toLowerCase().split(/[^a-z' -]+/));
  const problems = runs.flatMap((run) =>
    claimsIn(run).flatMap(([word, claim, before]) => checkWord(word, claim, before, fact)),
  );
  if (!runs.some((run) => claimsIn(run).some(([, claim]) => claim !== undefined && saysWorse.has(claim)))) {
    problems.push({ kind: 'form', message: `${fact.id}: say in words that it got worse` });
  }
  return problems.filter(({ message }, i) => problems.findIndex((other) => other.message === message) === i);
}

const saysWorse: ReadonlySet<Claim> = new Set(['worse', 'slower', 'up', 'down', 'failures']);

/** What else could be thought to have moved: "users rose by 52 %" would be a number of ours with another meaning. */
const otherSubject = /\b(?:users?|people|you|they|them|attention|eyes?|runs?|measurement|finding)\b/;

/** Where others than the metric are spoken of, what rose or fell is named. */
function checkSubjects(text: string, fact: Fact): WordingProblem[] {
  const clauses = text
    .replaceAll(placeholder, (_, _id: string, slot: string) => (slot === 'metric' ? ' METRIC ' : ' x '))
    .split(/[,.;()]/)
    .map((clause) => clause.replaceAll(/[A-Z]+(?![A-Z])(?=[a-z])/g, (capital) => capital.toLowerCase()));
  const hasOther = clauses.some((clause) => otherSubject.test(clause));
  const isUnclear = (clause: string) =>
    claimsIn(clause.replaceAll('METRIC', '')).some(([, claim]) => claim === 'up' || claim === 'down') &&
    (otherSubject.test(clause) || !clause.includes('METRIC'));
  if (!hasOther || !clauses.some(isUnclear)) return [];
  return [
    { kind: 'direction', message: `${fact.id}: say of {{${fact.id}.metric}} that it rose or fell, not of others` },
  ];
}

type Word = readonly [word: string, claim: Claim | undefined, before: string];

/** The words of `run` with what they claim, phrases taken as one word. */
function claimsIn(run: string): Word[] {
  const words = run.split(/[ -]+/).filter((word) => word !== '');
  const found: Word[] = [];
  for (let i = 0; i < words.length; ) {
    const before = words[i - 1] ?? '';
    const phrase = phraseList.find((parts) => parts.every((part, j) => words[i + j] === part));
    const text = phrase?.join(' ') ?? words[i] ?? '';
    found.push([text, phrase === undefined ? claimOf(text) : phrases[text], before]);
    i += phrase?.length ?? 1;
  }
  return found;
}

/** Longest first. */
const phraseList = Object.keys(phrases)
  .map((phrase) => phrase.split(' '))
  .sort((a, b) => b.length - a.length);

function checkWord(word: string, claim: Claim | undefined, before: string, fact: Fact): WordingProblem[] {
  const quoted = JSON.stringify(word.slice(0, 40));
  if (claim === undefined) {
    // "'s" behind a name.
    if (word === "'s" && before === '') return [];
    const kind = kindOfForbiddenWord(word);
    if (kind === 'magnitude')
      return [{ kind: 'number', message: `${fact.id}: ${quoted} says how much; only placeholders may` }];
    return [{ kind: 'word', message: `${fact.id}: ${quoted} is not in the list of words` }];
  }
  // "failed to rise", "about to improve": what comes to nothing is no rise.
  const isTurned = claim !== 'neutral' && before === 'to';
  if (!isTurned && suits(claim, fact)) return [];
  return [
    { kind: 'direction', message: `${fact.id}: ${quoted} does not suit this fact${isTurned ? ' after "to"' : ''}` },
  ];
}

/** Whether `claim` is true of a fact, all of which are changes for the worse. */
function suits(claim: Claim, fact: Fact): boolean {
  switch (claim) {
    case 'neutral':
    case 'worse':
      return true;
    case 'better':
    case 'faster':
      return false;
    case 'up':
    case 'down':
      return fact.moved === claim;
    case 'slower':
      return fact.kind === 'latency' && fact.moved === 'up';
    case 'latency':
      return fact.kind === 'latency';
    case 'failures':
      return fact.kind === 'errors' || fact.kind === 'checks';
    case 'together':
      return fact.name === undefined && fact.isBroad === true;
  }
}

/** Longest guess: a sentence that says where to look. */
export const longestGuess = 200;

/** What is wrong with `guess`: it names one file of `diff`, perhaps a line of it, and one fact, both by placeholder, in words of a list, as a guess. */
export function checkGuess(guess: Guess, facts: NarrativeFacts, diff: readonly DiffExcerpt[]): WordingProblem[] {
  const { file, line, fact, text } = guess;
  const shown = diff.find(({ id }) => id === file);
  if (shown === undefined) return problems('no such file was shown');
  if (line != null && !numberedLines(shown.text).some(({ number }) => number === line))
    return problems('no such line of the file was shown');
  if (!facts.findings.some(({ id }) => id === fact)) return problems('there is no such fact');
  if (text.length > longestGuess) return problems(`the text is longer than ${longestGuess} characters`);
  const pieces = text.split(placeholder);
  const prose = proseOf(pieces);
  return [
    ...checkNames(pieces, [`${file}.file`, `${fact}.name`]),
    ...checkCharacters(prose, 'guess').flatMap(({ message }) => problems(message.replace(/^guess: /, ''))),
    ...checkForm(text),
    ...checkGuessWords(prose),
  ];
}

function problems(...messages: readonly string[]): WordingProblem[] {
  return messages.map((message) => ({ kind: 'guess', message: `guess: ${message}` }));
}

/** Each of `wanted` once, and no other placeholder. */
function checkNames(pieces: readonly string[], wanted: readonly string[]): WordingProblem[] {
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

function checkForm(text: string): WordingProblem[] {
  const isSentence = /^(?:[A-Z]|\{\{)/.test(text) && text.endsWith('.') && !text.includes('..');
  const ends = (text.replaceAll(placeholder, 'x').match(/[.;]/g) ?? []).length;
  const isBalanced = text.split('(').length === text.split(')').length;
  return isSentence && ends === 1 && isBalanced ? [] : problems('write one whole sentence that ends with a full stop');
}

function checkGuessWords(prose: readonly string[]): WordingProblem[] {
  const words = prose.flatMap((piece) => piece.toLowerCase().match(/[a-z'-]+/g) ?? []).filter((word) => word !== "'s");
  const strange = [...new Set(words.filter((word) => !isWordOfGuess(word)))].slice(0, 10);
  const quoted = strange.map((word) => JSON.stringify(word.slice(0, 40))).join(' ');
  return problems(
    ...(strange.length === 0 ? [] : [`not in the list of words: ${quoted}`]),
    ...(words.some(isHedge) ? [] : ['say that it may be so']),
  );
}
