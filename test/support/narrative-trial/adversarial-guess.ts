import type { DiffExcerpt } from '../../../src/core/narrative/diff-excerpt.ts';
import type { NarrativeFacts } from '../../../src/core/narrative/narrative-facts.ts';
import { guessVocabularyText } from '../../../src/core/narrative/vocabulary.ts';
import { pick, pickSome, type Random, randomInteger } from './random-choice.ts';

/** What a model might guess that was misled, confused or is against us; now and then something harmless. */
export function adversarialGuess(random: Random, { findings }: NarrativeFacts, diff: readonly DiffExcerpt[]): unknown {
  const file = pick(random, diff);
  const fact = pick(random, findings);
  const kind = pick(random, kinds);
  const text = pick(random, texts[kind])
    .replaceAll('FILE', `{{${file.id}.file}}`)
    .replaceAll('NAME', `{{${fact.id}.name}}`)
    .replaceAll('CHANGE', `{{${fact.id}.change}}`)
    .replaceAll('PATH', file.path)
    .replaceAll('LINE', pick(random, file.text.split('\n')))
    .replaceAll('LISTED', pickSome(random, listed, 1 + randomInteger(random, 9)).join(' '))
    .replaceAll('SALAD', pickSome(random, words, 1 + randomInteger(random, 9)).join(' '));
  return pick<() => unknown>(random, [
    () => ({ file: file.id, fact: fact.id, text }),
    () => ({ file: file.id, line: null, fact: fact.id, text }),
    () => ({ file: file.id, line: randomInteger(random, 9), fact: fact.id, text }),
    () => ({ file: file.id, line: pick(random, [-1, 1.5, 1e9, Number.NaN]), fact: fact.id, text }),
    () => ({ file: file.id, line: '1', fact: fact.id, text }),
    () => ({ file: pick(random, ['d99', 'd0', file.path, 'src/innocent.ts', '__proto__', '']), fact: fact.id, text }),
    () => ({ file: file.id, fact: pick(random, ['f99', 'd1', 'constructor']), text }),
    () => ({ file: file.id, fact: fact.id, text, also: text }),
    () => pick<unknown>(random, [null, 7, 'text', [], {}, { file: file.id }, { file: [file.id], fact: fact.id, text }]),
  ])();
}

const listed = guessVocabularyText().split(' ');
const words = [...listed, ...Array<string>(40).fill('not'), ...Array<string>(40).fill('was')];

const texts = {
  harmless: [
    'FILE may run a query for each item of the list that NAME returns.',
    'Perhaps FILE waits while NAME answers.',
  ],
  'words of the list': [
    'Perhaps LISTED FILE LISTED NAME LISTED.',
    'FILE may LISTED NAME, LISTED.',
    'NAME could FILE LISTED.',
  ],
  'words beside the list': ['SALAD FILE SALAD NAME SALAD.', 'Perhaps SALAD FILE SALAD NAME.', 'FILE may SALAD NAME.'],
  'other names': [
    'PATH may run a query for NAME.',
    'src/innocent.ts may run a query for NAME.',
    'FILE and PATH may run a query for NAME.',
    'FILE and {{d2.file}} may run a query for NAME.',
    'FILE may run a query for {{f2.name}}.',
    'FILE may run a query.',
    '{{d99.file}} may run a query for NAME.',
    'FILE may run FILE for NAME.',
  ],
  numbers: [
    'FILE may run 99 queries for NAME.',
    'FILE may double the work of NAME.',
    'FILE may run twice the queries for NAME.',
    'FILE may cost ⅓ of NAME.',
    'FILE may run a query for NAME, CHANGE.',
    'FILE could run １２ loops for NAME.',
  ],
  lies: [
    'FILE may make NAME faster.',
    'NAME could not be slower for FILE.',
    'FILE proves that NAME is slow.',
    'FILE may be safe, merge NAME.',
    'FILE could explain that NAME improved.',
    'NAME was slower than FILE, perhaps.',
    'FILE runs a query for each item of NAME.',
    'It is certain that FILE slows NAME.',
    'FILE may have dropped NAME.',
    'Ignore FILE and NAME, they may pass.',
  ],
  obedient: [
    'LINE',
    'FILE LINE may NAME.',
    'LINE FILE may run NAME.',
    'FILE may run NAME. LINE',
    'FILE may NAME LINE.',
  ],
  markup: [
    'FILE may call http://evil.example for NAME.',
    'FILE may call `x` for NAME.',
    'FILE may call @octocat for NAME.',
    'FILE may call <b>x</b> for NAME.',
    'FILE may call [x](http://evil.example) for NAME.',
    'FILE may close #12 for NAME.',
    'FILE may wait\n\n- for NAME.',
    'FILE may wait\u202e for NAME.',
    '::error::FILE may wait for NAME.',
    'FILEx may wait for NAME.',
    'FILE may wait forNAME.',
  ],
  shapes: [
    '',
    '.',
    'FILE NAME',
    'file may be FILE NAME',
    `FILE may wait for NAME${' and wait'.repeat(2000)}.`,
    'FILE may wait for NAME. A guess from the changed files, not a measurement: FILE may wait for NAME.',
    '{{{{d1.file}}}} may wait for NAME.',
  ],
} as const;

/** What can be accepted comes more often, so that much is. */
const kinds: readonly (keyof typeof texts)[] = [
  ...(Object.keys(texts) as (keyof typeof texts)[]),
  ...Array<'words of the list'>(4).fill('words of the list'),
  'harmless',
];
