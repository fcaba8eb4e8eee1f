import { describe, expect, it } from 'vitest';
import { checkSentence } from '../../../src/core/narrative/check-sentence.ts';
import { firstRequest } from '../../../src/core/narrative/prompt.ts';
import { aFact, someFacts } from '../../support/some-facts.ts';

describe('firstRequest', () => {
  it('shows examples that its own rules accept', () => {
    const { system } = firstRequest(someFacts(), []);
    const examples = (system.split('Two good texts\n')[1] ?? '').split('\n');
    expect(examples).toHaveLength(2);
    expect(examples.flatMap((text, i) => checkSentence(text, aFact({ id: `f${i + 1}` })))).toEqual([]);
  });

  it('tells what each placeholder will read as, but of names only what they name', () => {
    const facts = someFacts(
      aFact({ name: 'GET /a' }),
      aFact({ id: 'f2', kind: 'metric', name: 'b-name', metric: 'b-metric' }),
    );
    const question = firstRequest(facts, []).messages[0]?.content ?? '';
    expect(question).toContain('{{f1.values}} reads "from 120 to 183 ms"');
    expect(question).toContain('{{f1.name}} (the name of the endpoint)');
    expect(question).not.toMatch(/GET \/a|b-name|b-metric/);
  });

  it('is the same for the same facts, so that a report can be made again', () => {
    expect(firstRequest(someFacts(), [])).toEqual(firstRequest(someFacts(), []));
  });
});
