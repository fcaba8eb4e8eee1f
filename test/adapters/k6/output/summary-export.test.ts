import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  judgeableThresholds,
  namedThresholds,
  readThresholds,
} from '../../../../src/adapters/k6/output/summary-export.ts';
import { scriptFolder } from '../../../support/measure-script.ts';

const summary = {
  root_group: {},
  metrics: {
    http_reqs: { count: 5, rate: 1 },
    http_req_duration: { avg: 1, thresholds: { 'p(95)<1': true, 'max<900': false } },
    'http_req_duration{name:a}': { avg: 1, thresholds: { 'avg<1': true } },
  },
};

describe('readThresholds', () => {
  it('knows that true means crossed in this file', async () => {
    await using folder = await scriptFolder({ 's.json': JSON.stringify(summary) });
    expect(await readThresholds(join(folder.path, 's.json'), 0)).toEqual({
      crossed: ['http_req_duration: p(95)<1', 'http_req_duration{name:a}: avg<1'],
      held: ['http_req_duration: max<900'],
    });
  });

  it.each(['constructor', '__proto__', 'prototype', 'toString'])('reads a metric named %s', async (metric) => {
    const text = `{"metrics":{"${metric}":{"thresholds":{"avg<1":true,"${metric}":true,"max<9":false}}}}`;
    await using folder = await scriptFolder({ 's.json': text });
    expect(await readThresholds(join(folder.path, 's.json'), 0)).toEqual({
      crossed: [`${metric}: avg<1`, `${metric}: ${metric}`],
      held: [`${metric}: max<9`],
    });
  });

  it('knows nothing without a file, with another form of it, or with one of an earlier run', async () => {
    await using folder = await scriptFolder({ 'old.json': JSON.stringify(summary) });
    expect(await readThresholds(join(folder.path, 'none.json'), 0)).toBeUndefined();
    await writeFile(join(folder.path, 'other.json'), '{"results": {}}');
    expect(await readThresholds(join(folder.path, 'other.json'), 0)).toBeUndefined();
    await utimes(join(folder.path, 'old.json'), 1000, 1000);
    expect(await readThresholds(join(folder.path, 'old.json'), 2_000_000)).toBeUndefined();
  });
});

describe('namedThresholds', () => {
  it('prefers the summary, which has the expressions, to the log', () => {
    expect(namedThresholds(99, ['checks: rate>0.9'], ['checks'])).toEqual(['checks: rate>0.9']);
    expect(namedThresholds(99, undefined, ['checks'])).toEqual(['checks']);
  });

  it('is never empty when k6 says that thresholds were crossed', () => {
    expect(namedThresholds(99, [], ['checks'])).toEqual(['checks']);
    expect(namedThresholds(99, [], [])).toEqual([expect.stringContaining('unknown')]);
    expect(namedThresholds(99, undefined, [])).toEqual([expect.stringContaining('unknown')]);
  });

  it('is empty when k6 says that none were', () => {
    expect(namedThresholds(0, [], [])).toEqual([]);
    expect(namedThresholds(undefined, undefined, [])).toEqual([]);
  });
});

describe('judgeableThresholds', () => {
  it('leaves out lower bounds on counts, which a shortened run has had no time to reach', () => {
    const crossed = [
      'http_reqs: count>1000',
      'my_sales{shop:a}: count >= 5',
      'http_req_duration: p(95)<1',
      'errors: count<10',
    ];
    expect(judgeableThresholds(crossed)).toEqual({
      kept: ['http_req_duration: p(95)<1', 'errors: count<10'],
      leftOut: ['http_reqs: count>1000', 'my_sales{shop:a}: count >= 5'],
    });
  });
});
