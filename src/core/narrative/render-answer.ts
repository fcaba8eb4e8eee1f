import type { Answer } from './answer.ts';
import type { DiffExcerpt } from './diff-excerpt.ts';
import { joinSentences, type Phrase, type Span, spansOf } from './narrative.ts';
import type { Fact, NarrativeFacts } from './narrative-facts.ts';
import { nextSteps } from './next-step.ts';
import { placeholder } from './prose.ts';
import { isSlot, readSlot } from './slots.ts';
import { tellRest } from './tell-rest.ts';

/** The paragraph of an answer that `checkAnswer` found nothing wrong with. */
export function renderAnswer(answer: Answer, facts: NarrativeFacts, diff: readonly DiffExcerpt[]): Span[] {
  const sentences = answer.sentences.map(({ fact: id, text }): Phrase => {
    const fact = facts.findings.find((candidate) => candidate.id === id);
    return fact === undefined ? [] : fillIn(text, fact);
  });
  const step = nextSteps[answer.next];
  return spansOf(
    joinSentences([
      ...sentences,
      ...tellRest(facts),
      step === '' ? [] : [step],
      guessPhrase(answer.guess, facts, diff),
    ]),
  );
}

function fillIn(text: string, fact: Fact): Phrase {
  return text.split(/\{\{[a-z]+\d*\.([a-z]+)\}\}/).flatMap((piece, i): Phrase => {
    if (i % 2 === 0) return [piece];
    const filled = (isSlot(piece) && readSlot(fact, piece)) || [];
    const [first, ...rest] = filled;
    // At the beginning of the text our own words need a capital letter.
    return i === 1 && text.startsWith('{{') && typeof first === 'string'
      ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest]
      : filled;
  });
}

/** Marked by us, since a model could forget it, or be told to. */
function guessPhrase(guess: Answer['guess'], facts: NarrativeFacts, diff: readonly DiffExcerpt[]): Phrase {
  const file = diff.find(({ id }) => id === guess?.file);
  const fact = facts.findings.find(({ id }) => id === guess?.fact);
  if (!guess || file === undefined || fact === undefined) return [];
  const text = guess.text.replace(/^[A-Z](?=[a-z]* )/, (capital) => capital.toLowerCase());
  const phrase = text.split(placeholder).flatMap((piece, i): Phrase => {
    if (i % 3 === 0) return [piece];
    if (i % 3 === 1) return [];
    return piece === 'file' ? [{ kind: 'name', text: shownPath(file.path) }] : (readSlot(fact, 'name') ?? []);
  });
  return ['A guess from the changed files, not a measurement: ', ...phrase];
}

/** Surfaces cut long names at the end, and of a path the end says most. */
const longestPath = 80;

export function shownPath(path: string): string {
  const characters = Array.from(path);
  return characters.length <= longestPath ? path : `…${characters.slice(1 - longestPath).join('')}`;
}
