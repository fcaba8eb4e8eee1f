import type { DiffExcerpt } from '../../../src/core/narrative/diff-excerpt.ts';
import type { Fact, NarrativeFacts } from '../../../src/core/narrative/narrative-facts.ts';
import { adversarialGuess } from './adversarial-guess.ts';
import { pick, pickSome, type Random, randomInteger } from './random-choice.ts';

/** What a model might send that was misled, confused or is against us; every tenth answer or so is a true one. */
export function adversarialAnswer(random: Random, facts: NarrativeFacts, diff: readonly DiffExcerpt[]): string {
  // A model that guesses has mostly told the findings well: otherwise no guess would come as far as its own check.
  if (diff.length > 0 && random.next() < 0.5) {
    const told = JSON.parse(answerOf(facts, random.next() < 0.9 ? trueText : falseText(random))) as object;
    return JSON.stringify({ ...told, guess: adversarialGuess(random, facts, diff) });
  }
  const kind = pick(random, Object.keys(answers));
  const make = answers[kind];
  if (make === undefined) throw new TypeError(`no such answer: ${kind}`);
  return make(random, facts);
}

type Make = (random: Random, facts: NarrativeFacts) => string;

const numbers = [
  '99',
  '99 %',
  '3x',
  '1.5',
  '+12 %',
  'p50',
  '12 ms',
  '０',
  '１２',
  '⅓',
  '½',
  '²',
  '٣',
  '४',
  'Ⅻ',
  '①',
  '𝟗',
  '10⁹',
  'double',
  'doubled',
  'twice',
  'tripled',
  'tenfold',
  'half',
  'halved',
  'a third',
  'forty',
  'a dozen',
  'one',
  'two',
  'hundreds',
  'percent',
  'a quarter',
  'first',
  'slightly',
  'hugely',
  'nearly',
  'most',
  'every',
  'all',
  'a few',
  'x',
  'times',
] as const;

const falseDirections = [
  'is faster',
  'improved',
  'got better',
  'is quicker',
  'dropped',
  'fell',
  'decreased',
  'declined',
  'is lower',
  'went down',
  'halved',
  'recovered',
  'is fine',
  'is not slower',
  "isn't slower",
  'never rose',
  'is no slower than before',
  'is as fast as before',
  'failed to rise',
  'is about to rise',
  'is unchanged',
  'was slower',
  'used to be slower',
  'had been slower',
  'rose less than before',
  'is anything but slower',
  'would be slower',
  'is hardly slower',
  'sped up',
  'rose in the baseline',
  'is safe to merge',
  'needs no attention',
  'stopped failing',
  'is stable',
  'got cheaper',
  'is not worse',
  'is worse in the baseline',
  'goes to slower',
  'fails to rise',
  'is slower, not',
  'shrank',
  'improved on the baseline',
  'is above reproach',
  'passes',
  'is under its margin',
  'rose and fell',
  'regressed in name only',
  'is free of errors',
  'is better than before',
] as const;

const frames = [
  'In the baseline NAME was slower than now (CHANGE).',
  'The baseline is slower than NAME, CHANGE.',
  'Slower is the baseline, NAME has CHANGE.',
  'Before, NAME was slower (CHANGE).',
  'NAME is slower before, CHANGE.',
  'Now NAME is faster than before (CHANGE).',
  'Without NAME it is slower, CHANGE.',
  'Users of NAME notice less (CHANGE).',
  'NAME went up in speed, CHANGE.',
  'Performance of NAME rose (CHANGE).',
  'NAME rose to CHANGE.',
  'NAME fell from VALUES.',
  'The regression of NAME is gone (CHANGE).',
  'NAME gets more users, CHANGE.',
  'NAME gets more requests, CHANGE.',
  'It is the database that makes NAME slow, CHANGE.',
  'If anything NAME is slower (CHANGE).',
  'NAME is slower by CHANGE, but that is fine.',
  'NAME is slower (CHANGE), or is it.',
  'NAME CHANGE RANGE VALUES.',
] as const;

const markup = [
  '[a](http://evil.example)',
  '![a](http://evil.example)',
  '<b>x</b>',
  '<!-- x -->',
  '</details>',
  '@octocat',
  '@org/team',
  '#12',
  'GH-12',
  'https://evil.example',
  'www.evil.example',
  '`code`',
  '**bold**',
  '_em_',
  '~~x~~',
  '| a | b |',
  '\n\n# heading',
  '\n- item',
  '\n\n',
  '\n::error::x',
  '::error::x',
  '##[error]',
  '$x$',
  '&lt;',
  '\\',
  ':tada:',
  '<img src=x onerror=alert(1)>',
  '<tailgate:marker>',
  '[^1]',
  '\u202e',
  '\u200b',
  '\u0000',
  '\u001b[31m',
  'ｅｖｉｌ',
  'ѕlower',
  '—',
  '“',
  '!',
  '?',
  '/',
  ':',
  '%',
] as const;

const placeholders = [
  '{{f1.constructor}}',
  '{{f1.__proto__}}',
  '{{f99.change}}',
  '{{f2.change}}',
  '{{f1.name}}',
  '{{f1.id}}',
  '{{f1.kind}}',
  '{{f1.change}',
  '{f1.change}',
  '{{{f1.change}}}',
  '{{ f1.change }}',
  '{{F1.change}}',
  '{{f1.change}}{{f1.values}}',
  '-{{f1.change}}',
  '1{{f1.change}}',
  '{{f1.change}}x',
  '{{f1}}',
  '{{}}',
  '{{f1.toString}}',
  '{{f1.also}}',
  '{{d1.file}}',
  '{{f1.file}}',
] as const;

/** Words of the list, of whatever claim, and some beside it. */
const salad = [
  ...'a an the of for to in on at by with and as is are has have it its this that which who so also now their they you users people endpoint change run result figures attention look see shows comes goes went moves takes stands starts notice feel matters reads measured found means clearly likely probably'.split(
    ' ',
  ),
  ...'up rose rises higher increased grew climbed down fell dropped lower less fewer shorter declined worse regressed regression worsened better improved improvement slower slow longer slowdown faster quick latency wait delay fail fails failing errors failures together'.split(
    ' ',
  ),
  'than before',
  'than in the baseline',
  'against the baseline',
  'most likely',
  'as well',
  'more often',
  'more time',
  'slowed down',
  'more requests fail',
  'not',
  'was',
  'but',
  'no',
] as const;

const answers: Readonly<Record<string, Make>> = {
  true: (_, facts) => answerOf(facts, trueText),
  'true in other words': (random, facts) => answerOf(facts, (fact) => otherTrueText(random, fact)),
  'numbers of its own': (random, facts) => answerOf(facts, spoil(random, numbers)),
  'false directions': (random, facts) => answerOf(facts, falseText(random)),
  'turned frames': (random, facts) => answerOf(facts, frameText(random)),
  markup: (random, facts) => answerOf(facts, spoil(random, markup)),
  placeholders: (random, facts) => answerOf(facts, spoil(random, placeholders)),
  salad: (random, facts) => answerOf(facts, (fact) => saladText(random, fact)),
  'one lie among truths': (random, facts) => {
    const at = randomInteger(random, facts.findings.length);
    const lie = pick(random, [spoil(random, numbers), falseText(random), spoil(random, markup)]);
    return answerOf(facts, (fact) => (fact === facts.findings[at] ? lie(fact) : trueText(fact)));
  },
  'exchanged facts': (_, facts) => {
    const ids = facts.findings.map(({ id }) => id);
    return answerOf(facts, (fact) =>
      trueText(fact).replaceAll(`{{${fact.id}.`, `{{${ids.at(-1 - ids.indexOf(fact.id)) ?? 'f9'}.`),
    );
  },
  'another order': (random, facts) => reshaped(facts, (sentences) => sentences.toSorted(() => random.next() - 0.5)),
  'a fact left out': (random, facts) =>
    reshaped(facts, (sentences) => sentences.toSpliced(randomInteger(random, sentences.length), 1)),
  'a fact twice': (_, facts) => reshaped(facts, (sentences) => [...sentences, ...sentences.slice(0, 1)]),
  'very long': (_, facts) => answerOf(facts, (fact) => `${trueText(fact)} ${'It is slower. '.repeat(8000)}`.trim()),
  'cut off': (random, facts) => {
    const whole = answerOf(facts, trueText);
    return whole.slice(0, randomInteger(random, whole.length));
  },
  'no answer at all': (random) =>
    pick(random, [
      '',
      'null',
      '[]',
      '{}',
      '42',
      '"text"',
      'I can not help with that.',
      '```json\n{}\n```',
      '{"__proto__":{"sentences":[]}}',
      '['.repeat(50_000),
    ]),
  'wrong types': (random, facts) =>
    JSON.stringify({
      sentences: pick<unknown>(random, [
        null,
        'text',
        [null],
        [{ fact: 1, text: 2 }],
        [{ fact: 'f99', text: 'x' }],
        [{ fact: 'f1' }],
        [[]],
        { length: 1 },
      ]),
      next: pick<unknown>(random, ['none', 'merge', null, 7]),
      extra: facts.findings.length,
    }),
  'a guess without a diff': (_, facts) =>
    JSON.stringify({
      ...(JSON.parse(answerOf(facts, trueText)) as object),
      guess: { file: 'd1', fact: 'f1', text: '' },
    }),
};

interface Sentence {
  readonly fact: string;
  readonly text: string;
}

function answerOf({ findings }: NarrativeFacts, text: (fact: Fact) => string): string {
  return JSON.stringify({ sentences: findings.map((fact) => ({ fact: fact.id, text: text(fact) })), next: 'none' });
}

function reshaped(facts: NarrativeFacts, reshape: (sentences: readonly Sentence[]) => readonly Sentence[]): string {
  return JSON.stringify({
    sentences: reshape(facts.findings.map((fact) => ({ fact: fact.id, text: trueText(fact) }))),
    next: 'none',
  });
}

function trueText({ id, kind, moved }: Fact): string {
  if (kind === 'latency' && moved === 'up')
    return `{{${id}.name}} answers more slowly than before, a change of {{${id}.change}}.`;
  return `{{${id}.name}} is worse than before ({{${id}.change}}).`;
}

function otherTrueText(random: Random, fact: Fact): string {
  const p = (slot: string) => `{{${fact.id}.${slot}}}`;
  const latency = fact.kind === 'latency' && fact.moved === 'up';
  const verb = fact.moved === 'up' ? 'rose' : fact.moved === 'down' ? 'fell' : 'went';
  return pick(random, [
    `${p('name')} regressed: `
      .replace(':', ',')
      .concat(`${p('metric')} ${verb} ${fact.values === undefined ? `by ${p('change')}` : p('values')}.`),
    `Users notice ${p('name')}, which is worse than in the baseline (${p('change')}${fact.range === undefined ? '' : `, most likely ${p('range')}`}).`,
    latency
      ? `Clearly slower is ${p('name')}, ${p('metric')} moved by ${p('change')}.`
      : `${p('name')} is worse now, with ${p('change')}.`,
    fact.kind === 'errors' || fact.kind === 'checks'
      ? `More requests fail on ${p('name')}, ${p('change')} here.`
      : `${p('name')} shows a regression of ${p('change')}.`,
  ]);
}

/** A true text with one of `pieces` put in somewhere. */
function spoil(random: Random, pieces: readonly string[]): (fact: Fact) => string {
  return (fact) => {
    const words = trueText(fact).split(' ');
    return words.toSpliced(randomInteger(random, words.length + 1), 0, pick(random, pieces)).join(' ');
  };
}

function falseText(random: Random): (fact: Fact) => string {
  return ({ id }) => `{{${id}.name}} ${pick(random, falseDirections)} (${`{{${id}.change}}`}).`;
}

function frameText(random: Random): (fact: Fact) => string {
  return ({ id }) =>
    pick(random, frames)
      .replace('NAME', `{{${id}.name}}`)
      .replace('CHANGE', `{{${id}.change}}`)
      .replace('VALUES', `{{${id}.values}}`)
      .replace('RANGE', `{{${id}.range}}`);
}

function saladText(random: Random, { id }: Fact): string {
  const words = pickSome(random, salad, 3 + randomInteger(random, 9));
  const shown = words
    .toSpliced(randomInteger(random, words.length), 0, `{{${id}.name}}`)
    .toSpliced(randomInteger(random, words.length), 0, `{{${id}.change}}`);
  const text = `${shown.join(' ')}.`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
