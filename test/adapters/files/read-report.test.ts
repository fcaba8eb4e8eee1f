import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readReport } from '../../../src/adapters/files/read-report.ts';
import type { Row } from '../../../src/core/comparison/row.ts';
import { buildReport } from '../../../src/core/report/model/report-model.ts';
import { renderJson } from '../../../src/core/report/render/report-json.ts';
import { allEndpoints, endpointSubject, type Subject } from '../../../src/core/run-record/subject.ts';
import { aComparison, aRegression, aRow, estimate } from '../../support/a-comparison.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { reportFacts } from '../../support/report-cases.ts';

/** Written from the figures below by the last Tailgate that wrote `tailgate.report/1`, and by one that wrote the next. */
const [version1, version2] = ['report-v1.json', 'report-v2.json'].map((name) => join(import.meta.dirname, name)) as [
  string,
  string,
];

const items = endpointSubject('GET /items');
const check: Subject = { kind: 'check', name: 'has items' };
const metric: Subject = { kind: 'metric', name: 'render_time' };
const change = (point: number, low: number, high: number, n = 6) => ({
  relativeChange: { point, interval: [low, high] as const, level: 0.95, n },
});
const { baseline: _, candidate: __, ...together } = aRegression({ subject: allEndpoints, ...change(0.21, 0.15, 0.27) });
const rows: readonly Row[] = [
  aRegression(),
  together,
  aRegression({
    subject: check,
    ...{ baseline: estimate(0.002), candidate: estimate(0.04), ...change(0.038, 0.03, 0.05, 4000) },
  }),
  aRegression({ subject: metric, unit: 'ms', baseline: estimate(300), candidate: estimate(390) }),
  aRegression({
    ...{ subject: allEndpoints, metric: 'requestRate' },
    ...{ baseline: estimate(50), candidate: estimate(40), ...change(-0.2, -0.25, -0.15) },
  }),
  aComparison({
    ...{ subject: endpointSubject('GET /cart'), metric: 'errorRate' },
    ...{ baseline: estimate(0), candidate: estimate(0.01) },
    ...change(Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY),
  }),
  aRow({
    subject: endpointSubject('GET /new'),
    ...{ verdict: 'not-compared', notComparedReason: 'new', warnings: ['no earlier run has it'] },
  }),
];
const record = aMeasuredRun({ 'GET /items': 1000, 'GET /cart': 500 });
const facts = reportFacts({ comparisons: rows, stored: 3, record });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-read-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function written(text: string): Promise<string> {
  const path = join(folder, 'report.json');
  await writeFile(path, text);
  return path;
}

const writtenNow = () => written(renderJson(buildReport(facts)));

describe('readReport', () => {
  it('reads what people and machines are told, a subject for every row', async () => {
    const { rows: read, ...told } = await readReport(await writtenNow());
    expect(told).toEqual({
      verdict: 'fail',
      headline: expect.stringContaining('all endpoints together got slower'),
      candidate: record.id,
    });
    expect(read).toEqual([
      { subject: items, metric: 'p95', verdict: 'regressed', relativeChange: { point: 0.52 } },
      { subject: allEndpoints, metric: 'p95', verdict: 'regressed', relativeChange: { point: 0.21 } },
      { subject: check, metric: 'checkFailureRate', verdict: 'regressed', relativeChange: { point: 0.038 } },
      { subject: metric, metric: 'render_time', verdict: 'regressed', relativeChange: { point: 0.3 } },
      { subject: allEndpoints, metric: 'requestRate', verdict: 'regressed', relativeChange: { point: -0.2 } },
      // A change without an end has no number.
      {
        ...{ subject: endpointSubject('GET /cart'), metric: 'errorRate', verdict: 'inconclusive' },
        relativeChange: { point: 0 },
      },
      { subject: endpointSubject('GET /new'), metric: 'p95', verdict: 'not-compared' },
    ]);
  });

  it('reads the same from a report of version 1, which knew labels only', async () => {
    expect(await readReport(version1)).toEqual(await readReport(version2));
    const now = await readReport(await writtenNow());
    // Wordings may change.
    expect(await readReport(version1)).toEqual({ ...now, headline: expect.any(String) });
  });

  it('takes a label of version 1 for all endpoints of a job where it is one', async () => {
    const report = JSON.parse(await readFile(version1, 'utf8'));
    const [row] = report.comparisons;
    const ofJob = { ...report, comparisons: [{ ...row, endpoint: 'checkout / (all endpoints)' }] };
    expect((await readReport(await written(JSON.stringify(ofJob)))).rows[0]?.subject).toEqual({
      kind: 'all-endpoints',
      job: 'checkout',
    });
  });

  it('reads the job of a matrix', async () => {
    const subject = { ...items, job: 'checkout' };
    const report = buildReport(reportFacts({ comparisons: [aRegression({ subject })] }));
    expect((await readReport(await written(renderJson(report)))).rows[0]?.subject).toEqual(subject);
  });

  it.each([
    ['version 1', 1, () => version1],
    ['version 2', 2, () => version2],
    ['version 2 as it is written now', 2, writtenNow],
  ])('is told by a schema what else is in %s', async (__, version, path) => {
    const schema = resolve(import.meta.dirname, `../../../schemas/tailgate.report.${version}.schema.json`);
    const validate = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(await readFile(schema, 'utf8')));
    validate(JSON.parse(await readFile(await path(), 'utf8')));
    expect(validate.errors).toBeNull();
  });

  it.each([
    ['text that is no JSON', '{'],
    [
      'another version',
      JSON.stringify({ schema: 'tailgate.report/3', verdict: 'pass', headline: '', comparisons: [] }),
    ],
    ['a row of version 2 without a subject', changedRow({ subject: undefined })],
    ['an endpoint without a name', changedRow({ subject: { kind: 'endpoint' } })],
    ['a kind that there is none of', changedRow({ subject: { kind: 'page', name: 'GET /items' } })],
  ])('refuses %s, naming the file', async (__, text) => {
    const path = await written(text);
    await expect(readReport(path)).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining(path),
    });
  });
});

function changedRow(change: object): string {
  const report = JSON.parse(renderJson(buildReport(facts)));
  return JSON.stringify({ ...report, comparisons: [{ ...report.comparisons[0], ...change }] });
}
