import { parseAnswer } from './answer.ts';
import { checkAnswer } from './check-answer.ts';
import type { DiffExcerpt } from './diff-excerpt.ts';
import type { Narrative } from './narrative.ts';
import type { NarrativeFacts } from './narrative-facts.ts';
import { firstRequest, type NarrativeRequest, secondRequest } from './prompt.ts';
import type { Problem } from './prose.ts';
import { renderAnswer } from './render-answer.ts';
import { tellByTemplate } from './tell-by-template.ts';

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
  let problems: readonly Problem[] = [];
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

const notAnAnswer: Problem = { kind: 'form', message: 'answer with JSON by the schema' };

const reasons: Readonly<Record<Problem['kind'], string>> = {
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
