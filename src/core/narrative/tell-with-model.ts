import { type Answer, isSlot, parseAnswer, readSlot } from './answer.ts';
import { checkGuess, checkSentence } from './check-sentence.ts';
import type { DiffExcerpt } from './diff-excerpt.ts';
import { joinSentences, type Narrative, type Phrase, type Span, spansOf } from './narrative.ts';
import type { Fact, NarrativeFacts } from './narrative-facts.ts';
import { nextSteps } from './next-step.ts';
import { firstRequest, type NarrativeRequest, secondRequest } from './prompt.ts';
import { placeholder, type WordingProblem } from './prose.ts';
import { tellByTemplate, tellRest } from './tell-by-template.ts';

/** Puts one request to a model. Never throws: whatever goes wrong is a reason not to have an answer. */
export type Ask = (request: NarrativeRequest) => Promise<Reply>;

export type Reply =
  | { readonly kind: 'answer'; readonly text: string; readonly model: string }
  /** `why` is half a sentence in words of ours: `the API refused the key (401)`. */
  | { readonly kind: 'no-answer'; readonly why: string };

/** Whether a model has anything to word: only findings are worth the time and the tokens. */
export function isWorthAsking({ situation, findings }: NarrativeFacts): boolean {
  return situation === 'regressed' && findings.length > 0;
}

/**
 * The paragraph as a model words it, if every word of it holds against the facts; after one refusal it is told the reasons
 * and asked once more. In any doubt the template's wording, with one line saying why.
 */
export async function tellWithModel(
  facts: NarrativeFacts,
  ask: Ask,
  diff: readonly DiffExcerpt[] = [],
): Promise<Narrative | undefined> {
  const template = tellByTemplate(facts);
  if (template === undefined || !isWorthAsking(facts)) return template;
  const first = firstRequest(facts, diff);
  let request = first;
  let problems: readonly WordingProblem[] = [];
  for (let attempt = 0; attempt < 2; attempt++) {
    const reply = await ask(request);
    if (reply.kind === 'no-answer') return { ...template, note: `Worded without a model: ${reply.why}.` };
    const answer = parseAnswer(reply.text, facts);
    problems = answer === undefined ? [notAnAnswer] : checkAnswer(answer, facts, diff);
    // A guess is left out for which there is no true wording; the findings don't depend on it.
    const isFit = problems.length === 0 || (attempt > 0 && problems.every(({ kind }) => kind === 'guess'));
    if (answer !== undefined && isFit) {
      const kept = problems.length === 0 ? answer : { ...answer, guess: null };
      return { spans: renderAnswer(kept, facts, diff), model: reply.model };
    }
    request = secondRequest(first, reply.text, problems);
  }
  const kinds = [...new Set(problems.map(({ kind }) => reasons[kind]))].slice(0, 3);
  return { ...template, note: `Worded without a model: its text was refused twice (${kinds.join(', ')}).` };
}

const notAnAnswer: WordingProblem = { kind: 'form', message: 'answer with JSON by the schema' };

const reasons: Readonly<Record<WordingProblem['kind'], string>> = {
  form: 'not in the asked form',
  markup: 'characters that could be markup',
  number: 'a number of its own',
  direction: 'a direction that the facts do not have',
  word: 'words outside the list',
  placeholder: 'wrong placeholders',
  order: 'another order',
  missing: 'a finding left out',
  guess: 'a guess that the changed files do not bear',
};

/** What is wrong with `answer`: every finding once, in our order, and nothing in it that the facts don't say. */
export function checkAnswer(answer: Answer, facts: NarrativeFacts, diff: readonly DiffExcerpt[]): WordingProblem[] {
  const wanted = facts.findings.map(({ id }) => id);
  const told = answer.sentences.map(({ fact }) => fact);
  const missing = wanted.filter((id) => !told.includes(id));
  return [
    ...missing.map((id): WordingProblem => ({ kind: 'missing', message: `${id} is not mentioned` })),
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

/** The paragraph of an answer that `checkAnswer` found nothing wrong with. */
function renderAnswer(answer: Answer, facts: NarrativeFacts, diff: readonly DiffExcerpt[]): Span[] {
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
  const at = guess.line == null ? '' : `:${guess.line}`;
  const phrase = text.split(placeholder).flatMap((piece, i): Phrase => {
    if (i % 3 === 0) return [piece];
    if (i % 3 === 1) return [];
    return piece === 'file' ? [{ kind: 'name', text: `${shownPath(file.path)}${at}` }] : (readSlot(fact, 'name') ?? []);
  });
  return ['A guess from the changed files, not a measurement: ', ...phrase];
}

/** Surfaces cut long names at the end, and of a path the end says most. */
const longestPath = 80;

/** The path as a sentence shows it: the beginning of a long one is left out. */
export function shownPath(path: string): string {
  const characters = Array.from(path);
  return characters.length <= longestPath ? path : `…${characters.slice(1 - longestPath).join('')}`;
}
