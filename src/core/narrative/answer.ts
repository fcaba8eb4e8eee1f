import * as v from 'valibot';
import type { DiffExcerpt } from './diff-excerpt.ts';
import { listOf, type Phrase } from './narrative.ts';
import type { Fact, NarrativeFacts } from './narrative-facts.ts';
import { type NextStep, suitableSteps } from './next-step.ts';

/** What a model gives back: one text per fact, a next step among those offered, and, with a diff, what it suspects. */
export interface Answer {
  readonly sentences: readonly { readonly fact: string; readonly text: string }[];
  readonly next: NextStep;
  readonly guess?: Guess | null | undefined;
}

/** Which changed file may explain which fact. */
export interface Guess {
  /** Id of a file that was shown. */
  readonly file: string;
  /** A line of it that was shown, by its number in the new file. */
  readonly line?: number | null | undefined;
  readonly fact: string;
  readonly text: string;
}

type Schema = Record<string, unknown>;

/** JSON Schema of an answer to `facts`: ids that don't exist can't be written. */
export function answerSchema(facts: NarrativeFacts, diff: readonly DiffExcerpt[]): Schema {
  const factId = { enum: facts.findings.map(({ id }) => id) };
  const sentence = objectSchema({ fact: factId, text: { type: 'string' } });
  const line = { anyOf: [{ type: 'integer' }, { type: 'null' }] };
  const file = { enum: diff.map(({ id }) => id) };
  const suspicion = objectSchema({ file, line, fact: factId, text: { type: 'string' } });
  const guess = { anyOf: [suspicion, { type: 'null' }] };
  return objectSchema({
    sentences: { type: 'array', items: sentence },
    next: { enum: suitableSteps(facts.findings) },
    ...(diff.length > 0 && { guess }),
  });
}

function objectSchema(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** Models like to write typographic apostrophes, which are no reason to refuse a sentence. */
const plainText = v.pipe(
  v.string(),
  v.transform((text) => text.trim().replaceAll('\u2019', "'")),
);

/** `text` as an answer to `facts`; undefined when it isn't one. What it says is not checked here. */
export function parseAnswer(text: string, facts: NarrativeFacts): Answer | undefined {
  const factId = v.picklist(facts.findings.map(({ id }) => id));
  const schema = v.strictObject({
    sentences: v.pipe(
      v.array(v.strictObject({ fact: factId, text: plainText })),
      v.maxLength(facts.findings.length * 2),
    ),
    next: v.picklist(suitableSteps(facts.findings)),
    guess: v.nullish(
      v.strictObject({ file: v.string(), line: v.nullish(v.number()), fact: v.string(), text: plainText }),
    ),
  });
  try {
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** What of a fact a sentence may show. Both sides are one slot, so that nobody can exchange them. */
export const slots = ['name', 'metric', 'values', 'change', 'range', 'also', 'cause'] as const;

export type Slot = (typeof slots)[number];

/** Whether a placeholder of that name exists. */
export function isSlot(text: string): text is Slot {
  return (slots as readonly string[]).includes(text);
}

/** How a slot reads in a sentence; undefined when the fact has nothing to show there. */
export function readSlot(fact: Fact, slot: Slot): Phrase | undefined {
  switch (slot) {
    case 'name':
      return fact.name === undefined ? ['all endpoints together'] : [{ kind: 'name', text: fact.name }];
    case 'metric':
      return [{ kind: fact.kind === 'metric' ? 'name' : 'value', text: fact.metric }];
    case 'also':
      return fact.also.length === 0 ? undefined : listOf(fact.also.map(alsoPhrase));
    default: {
      const text = fact[slot];
      return text === undefined || text === '' ? undefined : [{ kind: 'value', text }];
    }
  }
}

/** `p50 (+33 %)`. */
function alsoPhrase({ metric, change }: Fact['also'][number]): Phrase {
  return change === ''
    ? [{ kind: 'value', text: metric }]
    : [{ kind: 'value', text: metric }, ' (', { kind: 'value', text: change }, ')'];
}
