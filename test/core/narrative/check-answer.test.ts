import { describe, expect, it } from 'vitest';
import { answerSchema, parseAnswer } from '../../../src/core/narrative/answer.ts';
import { checkSentence } from '../../../src/core/narrative/check-sentence.ts';
import { checkAnswer } from '../../../src/core/narrative/tell-with-model.ts';
import { aFact, aTrueAnswer, someFacts } from '../../support/some-facts.ts';

const latency = aFact({ also: [{ metric: 'p50', change: '+33 %' }] });
const errors = aFact({ kind: 'errors', metric: 'errors' });
const income = aFact({ kind: 'metric', metric: 'income', moved: 'down' });
const kinds = (text: string, fact = latency) => [...new Set(checkSentence(text, fact).map(({ kind }) => kind))];

describe('checkSentence', () => {
  it.each([
    ['{{f1.name}} answers more slowly than before, {{f1.metric}} rose {{f1.values}}.', latency],
    ["{{f1.name}}'s latency is higher than in the baseline ({{f1.change}}, most likely {{f1.range}}).", latency],
    ['Users of {{f1.name}} notice it, as {{f1.metric}} rose {{f1.values}}.', latency],
    ['Users notice it; {{f1.name}} slowed down by {{f1.change}}, with {{f1.also}}.', latency],
    ['More requests fail on {{f1.name}} ({{f1.change}}).', errors],
    ['{{f1.name}} fell {{f1.values}}, which is a regression.', income],
  ])('accepts %s', (text, fact) => {
    expect(checkSentence(text, fact)).toEqual([]);
  });

  it.each([
    '{{f1.name}} is 3 ms slower ({{f1.change}}).',
    '{{f1.name}} is slower by {{f1.change}} or １２.',
    '{{f1.name}} is ⅓ slower ({{f1.change}}).',
    '{{f1.name}} doubled ({{f1.change}}).',
    '{{f1.name}} is slower tenfold ({{f1.change}}).',
    '{{f1.name}} is half as slow ({{f1.change}}).',
    '{{f1.name}} is twice as slow ({{f1.change}}).',
    '{{f1.name}} is slightly slower ({{f1.change}}).',
  ])('refuses a number or a size of its own: %s', (text) => {
    expect(kinds(text)).toContain('number');
  });

  it.each([
    '{{f1.name}} is faster than before ({{f1.change}}).',
    '{{f1.name}} improved ({{f1.change}}).',
    '{{f1.name}} dropped {{f1.values}}.',
    '{{f1.name}} failed to rise ({{f1.change}}).',
    '{{f1.name}} fails more often ({{f1.change}}).',
    '{{f1.name}} is slower together ({{f1.change}}).',
    'The users of {{f1.name}} increased by {{f1.change}}.',
    'Users of {{f1.name}}, now increased by {{f1.change}}.',
    'People who measured {{f1.name}} rose {{f1.values}}, {{f1.metric}} is worse.',
  ])('refuses a direction that the fact does not have: %s', (text) => {
    expect(kinds(text)).toContain('direction');
  });

  it.each([
    '{{f1.name}} is not slower ({{f1.change}}).',
    "{{f1.name}} isn't slower ({{f1.change}}).",
    'The baseline is slower than {{f1.name}} ({{f1.change}}).',
    'Before, {{f1.name}} is slower ({{f1.change}}).',
    '{{f1.name}} is slower because of the database ({{f1.change}}).',
    '{{f1.name}} is slower but safe to merge ({{f1.change}}).',
    '{{f1.name}} est plus lent, slower ({{f1.change}}).',
  ])('refuses words that could turn or add to what was measured: %s', (text) => {
    expect(kinds(text)).toContain('word');
  });

  it('calls slower only what is a latency, and asks nothing of a figure that is unclear but "worse"', () => {
    expect(kinds('{{f1.name}} is slower ({{f1.change}}).', errors)).toEqual(['direction']);
    expect(kinds('{{f1.name}} rose {{f1.values}}.', aFact({ moved: 'unclear' }))).toEqual(['direction']);
    expect(kinds('{{f1.name}} is worse ({{f1.change}}).', aFact({ moved: 'unclear' }))).toEqual([]);
  });

  it.each([
    '[{{f1.name}}](x) is slower ({{f1.change}}).',
    '{{f1.name}} is **slower** ({{f1.change}}).',
    '{{f1.name}} is slower @octocat ({{f1.change}}).',
    '{{f1.name}} is slower <b> ({{f1.change}}).',
    '{{f1.name}} is slower\n\n({{f1.change}}).',
    '{{f1.name}} is s\u043bower ({{f1.change}}).',
    '{{f1.name}} is slower\u200b ({{f1.change}}).',
  ])('refuses every character that markup could be made of: %j', (text) => {
    expect(kinds(text)).toContain('markup');
  });

  it.each([
    '{{f2.name}} is slower ({{f1.change}}).',
    '{{f1.name}} is slower ({{f1.constructor}}).',
    '{{f1.name}} is slower.',
    'It is slower ({{f1.change}}).',
    '{{f1.name}} is slower ({{f1.change}}, {{f1.change}}).',
    '{{f1.name}} is slower {{f1.change}}{{f1.values}}.',
    '{{f1.name}} rose to {{f1.change}}.',
  ])('refuses placeholders that say something else: %s', (text) => {
    expect(kinds(text)).toContain('placeholder');
  });

  it.each([
    '',
    '{{f1.name}} is slower ({{f1.change}})',
    '{{f1.name}} is slower ({{f1.change}}. ',
    '{{f1.name}} {{f1.change}}.',
    `{{f1.name}} is slower ({{f1.change}})${' so'.repeat(200)}.`,
    'It is. It is. {{f1.name}} is slower ({{f1.change}}).',
  ])('refuses what is no short, whole sentence that says so: %j', (text) => {
    expect(kinds(text)).toContain('form');
  });
});

describe('checkAnswer', () => {
  const facts = someFacts(aFact(), aFact({ id: 'f2', name: 'GET /b' }));
  const answer = parseAnswer(aTrueAnswer(facts), facts);
  if (answer === undefined) throw new TypeError('a true answer is one');
  const [first, second] = answer.sentences as [(typeof answer.sentences)[0], (typeof answer.sentences)[0]];

  it('accepts every finding once, in order', () => {
    expect(checkAnswer(answer, facts, [])).toEqual([]);
  });

  it('refuses a finding left out, told twice, or told before a worse one', () => {
    const kindsOf = (sentences: typeof answer.sentences) =>
      checkAnswer({ ...answer, sentences }, facts, []).map(({ kind }) => kind);
    expect(kindsOf([first])).toEqual(['missing']);
    expect(kindsOf([first, second, first])).toEqual(['order']);
    expect(kindsOf([second, first])).toEqual(['order']);
  });
});

describe('parseAnswer', () => {
  const facts = someFacts();

  it.each([
    '',
    'null',
    '{}',
    '{"sentences":[]}',
    aTrueAnswer(facts).slice(0, -5),
    aTrueAnswer(facts).replace('f1', 'f9'),
    aTrueAnswer(facts).replace('none', 'merge'),
  ])('takes nothing from %s', (text) => {
    expect(parseAnswer(text, facts)).toBeUndefined();
  });

  it('takes a typographic apostrophe for a plain one', () => {
    const text = aTrueAnswer(facts).replace('{{f1.name}} answers', ' {{f1.name}} \u2019s answer');
    expect(parseAnswer(text, facts)?.sentences[0]?.text).toMatch(/^\{\{f1\.name\}\} 's answer/);
  });

  it('offers only ids and next steps that exist', () => {
    const errorsFirst = someFacts(errors, aFact({ id: 'f2' }));
    expect(JSON.stringify(answerSchema(errorsFirst, []))).toContain('"enum":["failures-first","none"]');
    expect(JSON.stringify(answerSchema(errorsFirst, []))).not.toContain('guess');
  });
});
