import type { Phrase } from './narrative.ts';
import { listOf } from './narrative.ts';
import type { Fact } from './narrative-facts.ts';

/** What of a fact a sentence may show. Both sides are one slot, so that nobody can exchange them. */
export const slots = ['name', 'metric', 'values', 'change', 'range', 'also'] as const;

export type Slot = (typeof slots)[number];

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
