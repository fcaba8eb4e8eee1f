import type { Answer } from './answer.ts';
import { checkGuess } from './check-guess.ts';
import { checkSentence } from './check-sentence.ts';
import type { DiffExcerpt } from './diff-excerpt.ts';
import type { NarrativeFacts } from './narrative-facts.ts';
import type { Problem } from './prose.ts';

/** What is wrong with `answer`: every finding once, in our order, and nothing in it that the facts don't say. */
export function checkAnswer(answer: Answer, facts: NarrativeFacts, diff: readonly DiffExcerpt[]): Problem[] {
  const wanted = facts.findings.map(({ id }) => id);
  const told = answer.sentences.map(({ fact }) => fact);
  const missing = wanted.filter((id) => !told.includes(id));
  return [
    ...missing.map((id): Problem => ({ kind: 'missing', message: `${id} is not mentioned` })),
    ...(missing.length === 0 && told.join(' ') !== wanted.join(' ')
      ? [{ kind: 'order', message: `mention each fact once, in the order ${wanted.join(', ')}` } as const]
      : []),
    ...answer.sentences.flatMap(({ fact: id, text }) => {
      const fact = facts.findings.find((candidate) => candidate.id === id);
      return fact === undefined ? [] : checkSentence(text, fact);
    }),
    ...(answer.guess ? checkGuess(answer.guess, facts, diff) : []),
  ];
}
