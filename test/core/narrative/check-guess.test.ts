import { describe, expect, it } from 'vitest';
import type { Guess } from '../../../src/core/narrative/answer.ts';
import { checkGuess } from '../../../src/core/narrative/check-sentence.ts';
import { excerptChanges } from '../../../src/core/narrative/diff-excerpt.ts';
import { tellWithModel } from '../../../src/core/narrative/tell-with-model.ts';
import { aTrueAnswer, someFacts } from '../../support/some-facts.ts';

const facts = someFacts();
const diff = excerptChanges([
  { path: 'src/@octocat.ts', hunks: '@@ -1 +1 @@\n+x' },
  { path: `src/${'deep/'.repeat(30)}search.ts`, hunks: '@@ -1 +1 @@\n+x' },
]);
const good = '{{d1.file}} may run a query for each item of the list that {{f1.name}} returns.';
const complaints = (guess: Partial<Guess>) =>
  checkGuess({ file: 'd1', fact: 'f1', text: good, ...guess }, facts, diff).map(({ message }) => message);

describe('checkGuess', () => {
  it.each([
    good,
    "Perhaps {{d1.file}} waits for a lock while {{f1.name}}'s response is built.",
    '{{f1.name}} might wait in {{d1.file}}, which now reads a file synchronously.',
  ])('accepts %s', (text) => {
    expect(complaints({ text })).toEqual([]);
  });

  it('accepts only a file that was shown and a fact that there is', () => {
    expect(complaints({ file: 'd9' })).toEqual(['guess: no such file was shown']);
    expect(complaints({ file: 'src/other.ts' })).toEqual(['guess: no such file was shown']);
    expect(complaints({ fact: 'f9' })).toEqual(['guess: there is no such fact']);
  });

  it('accepts a line only where it was shown', () => {
    expect(complaints({ line: null })).toEqual([]);
    expect(complaints({ line: 1 })).toEqual([]);
    expect(complaints({ line: 2 })).toEqual(['guess: no such line of the file was shown']);
    expect(complaints({ line: 0 })).toEqual(['guess: no such line of the file was shown']);
  });

  it.each([
    'src/search.ts may run a query for {{f1.name}}.',
    '{{d2.file}} may run a query for {{f1.name}}.',
    '{{d1.file}} may run a query.',
    '{{d1.file}} and {{d2.file}} may run a query for {{f1.name}}.',
    '{{d1.file}} may run a query for {{f1.name}} ({{f1.change}}).',
    '{{d1.file}}x may run a query for {{f1.name}}.',
  ])('refuses other names than its own placeholders: %s', (text) => {
    expect(complaints({ text })).not.toEqual([]);
  });

  it.each([
    ['{{d1.file}} may run 20 queries for {{f1.name}}.', /numbers stand only in placeholders/],
    ['{{d1.file}} may double the work of {{f1.name}}.', /"double"/],
    ['{{d1.file}} may make {{f1.name}} faster.', /"faster"/],
    ['{{d1.file}} could not slow {{f1.name}}.', /"not"/],
    ['{{d1.file}} may be safe, merge {{f1.name}}.', /"be" "safe" "merge"/],
    ['{{d1.file}} may call http://evil.example for {{f1.name}}.', /only letters/],
    ['{{d1.file}} may call `x` for {{f1.name}}.', /only letters/],
    ['{{d1.file}} runs a query for {{f1.name}}.', /say that it may be so/],
    ['{{d1.file}} may run a query for {{f1.name}}. It may wait.', /one whole sentence/],
    [`{{d1.file}} may run a query for {{f1.name}}${' so'.repeat(100)}.`, /longer than 200/],
  ])('refuses %s', (text, reason) => {
    expect(complaints({ text }).join()).toMatch(reason);
  });
});

describe('a guess of a model', () => {
  const replies = (...guesses: readonly unknown[]) => {
    let asked = 0;
    return async () => {
      const guess = guesses[Math.min(asked++, guesses.length - 1)];
      const text = JSON.stringify({ ...(JSON.parse(aTrueAnswer(facts)) as object), guess });
      return { kind: 'answer', text, model: 'm' } as const;
    };
  };
  const read = async (...guesses: readonly unknown[]) => {
    const narrative = await tellWithModel(facts, replies(...guesses), diff);
    return { ...narrative, text: narrative?.spans.map((span) => span.text).join('') ?? '' };
  };

  it('is marked as one by us, and names the file as a name', async () => {
    const { spans, text } = await read({ file: 'd1', fact: 'f1', text: good });
    expect(text).toMatch(
      /A guess from the changed files, not a measurement: src\/@octocat\.ts may run a query for each item of the list that GET \/search returns\.$/,
    );
    expect(spans).toContainEqual({ kind: 'name', text: 'src/@octocat.ts' });
    const { spans: withLine } = await read({ file: 'd1', line: 1, fact: 'f1', text: good });
    expect(withLine).toContainEqual({ kind: 'name', text: 'src/@octocat.ts:1' });
  });

  it('keeps the end of a long path, which says most', async () => {
    const { text } = await read({ file: 'd2', fact: 'f1', text: good.replace('d1', 'd2') });
    expect(text).toMatch(/measurement: \u2026[a-z/]{60,79}deep\/search\.ts may/);
  });

  it('reads as the end of our sentence', async () => {
    const { text } = await read({ file: 'd1', fact: 'f1', text: 'Perhaps {{d1.file}} calls {{f1.name}}.' });
    expect(text).toMatch(/not a measurement: perhaps src/);
  });

  it('is asked for once more when it can not be published, and then left out without the rest', async () => {
    const lie = { file: 'd1', fact: 'f1', text: '{{d1.file}} makes {{f1.name}} faster.' };
    const better = await read(lie, { file: 'd1', fact: 'f1', text: good });
    expect(better.text).toContain('A guess from the changed files');
    const without = await read(lie);
    expect(without).toMatchObject({ model: 'm' });
    expect(without.text).not.toContain('guess');
  });

  it('is left out where no file was shown', async () => {
    const guess = { file: 'd1', fact: 'f1', text: good };
    const narrative = await tellWithModel(facts, replies(guess), []);
    expect(narrative?.spans.map((span) => span.text).join('')).not.toContain('guess');
  });
});
