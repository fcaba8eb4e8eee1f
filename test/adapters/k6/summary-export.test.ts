import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCrossedThresholds } from '../../../src/adapters/k6/summary-export.ts';
import { scriptFolder } from '../../support/measure-script.ts';

const summary = {
  root_group: {},
  metrics: {
    http_reqs: { count: 5, rate: 1 },
    http_req_duration: { avg: 1, thresholds: { 'p(95)<1': true, 'max<900': false } },
    'http_req_duration{name:a}': { avg: 1, thresholds: { 'avg<1': true } },
  },
};

describe('readCrossedThresholds', () => {
  it('knows that true means crossed in this file', async () => {
    await using folder = await scriptFolder({ 's.json': JSON.stringify(summary) });
    expect(await readCrossedThresholds(join(folder.path, 's.json'), 0)).toEqual([
      'http_req_duration: p(95)<1',
      'http_req_duration{name:a}: avg<1',
    ]);
  });

  it('knows nothing without a file, with another form of it, or with one of an earlier run', async () => {
    await using folder = await scriptFolder({ 'old.json': JSON.stringify(summary) });
    expect(await readCrossedThresholds(join(folder.path, 'none.json'), 0)).toBeUndefined();
    await writeFile(join(folder.path, 'other.json'), '{"results": {}}');
    expect(await readCrossedThresholds(join(folder.path, 'other.json'), 0)).toBeUndefined();
    await utimes(join(folder.path, 'old.json'), 1000, 1000);
    expect(await readCrossedThresholds(join(folder.path, 'old.json'), 2_000_000)).toBeUndefined();
  });
});
