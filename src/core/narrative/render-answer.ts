import type { Answer } from './answer.ts';
import type { DiffExcerpt } from './diff-excerpt.ts';
import { joinSentences, type Phrase, type Span, spansOf } from './narrative.ts';
import type { Fact, NarrativeFacts } from './narrative-facts.ts';
import { nextSteps } from './next-step.ts';
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

function guessPhrase(guess: Answer['guess'], facts: NarrativeFacts, diff: readonly DiffExcerpt[]): Phrase {
  const file = diff.find(({ id }) => id === guess?.file);
  const fact = facts.findings.find(({ id }) => id === guess?.fact);
  if (file === undefined || fact === undefined) return [];
  const name: Phrase = readSlot(fact, 'name') ?? [];
  return [
    'A guess from reading the diff, not a measurement: for ',
    ...name,
    ' look at ',
    { kind: 'name', text: file.path },
    '.',
  ];
}
