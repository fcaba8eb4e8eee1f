import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { jobFiles, measuredFiles, readJobFiles, writeJobFiles } from '../../../src/core/joining/job-files.ts';
import { encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import { equalLooks } from '../../../src/core/stats/alpha-spending.ts';
import { GateError } from '../../../src/errors.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

const record = aMeasuredRun();
const side = (name: 'baseline' | 'candidate') =>
  aMeasuredRun(undefined, { id: name, provenance: { pair: { id: 'p', side: name, order: 0 } } });
const setup = {
  order: 'alternating',
  placement: 'one-host',
  plannedPairs: 36,
  looks: [9, 18, 36],
  seed: 'p once more',
} as const;
const duetFiles = () =>
  writeJobFiles({ record: side('candidate'), duet: { baseline: side('baseline'), ...setup } }) as Record<
    string,
    string
  >;

function read(files: Readonly<Record<string, string>>) {
  return readJobFiles('shop', new Map(Object.entries(files)));
}

function codeOf(files: Readonly<Record<string, string>>): string {
  try {
    read(files);
    return 'read';
  } catch (error) {
    return error instanceof GateError ? error.code : `thrown: ${String(error)}`;
  }
}

/** The files with other parts in the plan; those that are undefined are left out. */
function withPlan(parts: Readonly<Record<string, unknown>>) {
  return (files: Record<string, string>) => ({
    ...files,
    'duet.json': JSON.stringify({ ...JSON.parse(files['duet.json'] ?? ''), ...parts }),
  });
}

describe('readJobFiles', () => {
  it('reads what writeJobFiles wrote: a run, its repeats, the two sides of a duet', () => {
    const again = aMeasuredRun(undefined, { id: 'again' });
    const stored = read(writeJobFiles({ record, repeats: [again] }));
    expect(stored.records.map(encodeRunRecord)).toEqual([record, again].map(encodeRunRecord));
    const { duet } = read(duetFiles());
    expect(duet).toMatchObject(setup);
    expect(duet?.baseline.id).toBe('baseline');
  });

  it('reads a plan of the first version, whose looks were equal and whose seed was the name of the pair', () => {
    const plan = (plannedPairs: number) =>
      withPlan({ schema: 'tailgate.duet/1', plannedPairs, looks: undefined, seed: undefined })(duetFiles());
    const { order, placement } = setup;
    expect(JSON.parse(plan(36)['duet.json'])).toEqual({
      schema: 'tailgate.duet/1',
      order,
      placement,
      plannedPairs: 36,
    });
    expect(read(plan(36)).duet).toMatchObject({ plannedPairs: 36, looks: equalLooks(36, 20), seed: 'p' });
    expect(read(plan(0)).duet).toMatchObject({ plannedPairs: 0, looks: [1], seed: 'p' });
  });

  it('takes a folder without a run for one in which nothing was measured, for the reason that its report gives', () => {
    const report = JSON.stringify({ verdict: 'invalid', reason: 'throttled', headline: 'say this' });
    expect(read({ 'report.json': report })).toEqual({ artifact: 'shop', records: [], notMeasured: 'throttled' });
    expect(read({})).toEqual({ artifact: 'shop', records: [] });
  });

  it('takes no word of a report but a known reason', () => {
    for (const report of [
      '{"verdict":"invalid","reason":"the moon"}',
      '{"verdict":"pass","reason":"shown"}',
      '{"verdict":"inconclusive","reason":"no-access"}',
      '{',
      'null',
    ])
      expect(read({ 'report.json': report })).toEqual({ artifact: 'shop', records: [] });
    expect(read({ ...writeJobFiles({ record }), 'report.json': '{"verdict":"pass"}' }).records).toHaveLength(1);
  });

  it('knows from its report that a suspicion could not be settled', () => {
    const report = '{"verdict":"inconclusive","reason":"unsettled"}';
    expect(read({ ...writeJobFiles({ record }), 'report.json': report }).isUnsettled).toBe(true);
  });

  it.each([
    ['the other side is missing', (files: Record<string, string>) => ({ ...files, 'baseline-record.json': undefined })],
    [
      'both are one side',
      (files: Record<string, string>) => ({ ...files, 'baseline-record.json': files['run-record.json'] }),
    ],
    [
      'the sides are of two duets',
      (files: Record<string, string>) => ({
        ...files,
        'baseline-record.json': files['baseline-record.json']?.replace('"id":"p"', '"id":"q"'),
      }),
    ],
    [
      'a plan has a part too many',
      (files: Record<string, string>) => ({ ...files, 'duet.json': files['duet.json']?.replace('{', '{"alpha":1,') }),
    ],
    [
      'more pairs are planned than fit a day',
      (files: Record<string, string>) => ({
        ...files,
        'duet.json': files['duet.json']?.replaceAll('36', '1000000000'),
      }),
    ],
    ['it was never looked at', withPlan({ looks: [] })],
    ['looks do not ascend', withPlan({ looks: [18, 9, 36] })],
    ['a look comes twice', withPlan({ looks: [9, 36, 36] })],
    ['a look is at no pair', withPlan({ looks: [0, 36] })],
    ['a look is within a pair', withPlan({ looks: [9.5, 36] })],
    ['the last look is before the last pair', withPlan({ looks: [9, 18] })],
    ['a look comes after the last pair', withPlan({ looks: [9, 36, 40] })],
    [
      'there are more looks than pairs',
      withPlan({ looks: Array.from({ length: 5001 }, (_, i) => i + 1), plannedPairs: 5001 }),
    ],
    ['no pair is planned', withPlan({ looks: [0], plannedPairs: 0 })],
    ['the seed is a number', withPlan({ seed: 1 })],
    ['the seed is a book', withPlan({ seed: 'x'.repeat(1001) })],
    ['the seed is missing', withPlan({ seed: undefined })],
    ['an old plan has looks', withPlan({ schema: 'tailgate.duet/1' })],
    ['the plan is of a later version', withPlan({ schema: 'tailgate.duet/3' })],
    ['the plan is no JSON', (files: Record<string, string>) => ({ ...files, 'duet.json': 'alternating' })],
  ])('refuses a duet where %s', (_, damage) => {
    const damaged = Object.entries(damage(duetFiles())).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    expect(codeOf(Object.fromEntries(damaged))).toBe('RECORD_INVALID');
  });

  it.each([
    ['a number that is none', '"durationMs":60000', '"durationMs":1e999'],
    ['no number', '"durationMs":60000', '"durationMs":NaN'],
    ['a negative count', '"iterations":1000', '"iterations":-1'],
    ['a time block of the next century', '"index":[0]', '"index":[900000000]'],
    ['a name of a page', 'GET /items', `GET /${'x'.repeat(2000)}`],
    ['another shape', '"endpoints":[', '"endpoints":[[],'],
  ])('refuses a run with %s', (_, from, to) => {
    expect(codeOf({ 'run-record.json': encodeRunRecord(record).replaceAll(from, to) })).toBe('RECORD_INVALID');
  });

  it('lets no artifact change how other objects behave', () => {
    const forged = encodeRunRecord(record).replace(
      '{',
      '{"__proto__":{"isForged":true},"constructor":{"prototype":{"isForged":true}},',
    );
    const job = read({ 'run-record.json': forged, 'report.json': '{"__proto__":{"isForged":true}}' });
    expect(({} as Record<string, unknown>)['isForged']).toBeUndefined();
    expect((job.records[0] as unknown as Record<string, unknown>)['isForged']).toBeUndefined();
  });

  const anyText = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '{}', '[]', '{"schema":"tailgate.run/9"}'));

  it.prop([fc.dictionary(fc.constantFrom(...jobFiles), anyText)])(
    'reads or refuses whatever the files hold, and never fails otherwise',
    (files) => {
      expect(['read', 'RECORD_INVALID', 'RECORD_FROM_THE_FUTURE']).toContain(codeOf(files));
    },
  );
});

describe('writeJobFiles', () => {
  it('writes nothing where nothing was measured, and only files that are cleared before', () => {
    expect(writeJobFiles({})).toEqual({});
    expect(measuredFiles).toEqual(expect.arrayContaining(Object.keys(duetFiles())));
  });
});
