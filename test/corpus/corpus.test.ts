import { describe, expect, it } from 'vitest';
import { corpusBuilds } from './builds.ts';
import { compareReports, meantDifferences } from './compare-reports.ts';
import { readFrozen } from './frozen-reports.ts';
import { namedDefects } from './named-defects.ts';
import { toVersion1 } from './to-version-1.ts';

const builds = await corpusBuilds();
const frozen = readFrozen();

describe('the frozen reports', () => {
  it('are those of the builds there are, in their order', () => {
    expect([...frozen.keys()]).toEqual(builds.map(({ id }) => id));
    expect(builds).toHaveLength(400);
  });

  // Every tenth build; `npm run corpus` looks at all of them.
  it.each(builds.filter((_, i) => i % 10 === 4))('say the same of $id', async ({ id, report }) => {
    const differences = compareReports(frozen.get(id), toVersion1(await report()));
    expect(meantDifferences(namedDefects).without(id, differences)).toEqual([]);
  });
});

describe('compareReports', () => {
  const rows = [
    { endpoint: 'GET /a', metric: 'p95', pValue: 0.1 },
    { endpoint: 'GET /a', metric: 'p99', pValue: 0.2 },
  ];

  it('names a row by what it is about, and tells of another order', () => {
    const [first, second] = rows;
    expect(compareReports({ rows }, { rows: [second, { ...first, pValue: 0.1001 }] })).toEqual([
      { path: 'rows.order', frozen: ['GET /a p95', 'GET /a p99'], now: ['GET /a p99', 'GET /a p95'] },
      { path: 'rows[GET /a p95].pValue', frozen: 0.1, now: 0.1001 },
    ]);
  });

  it('tells of what is missing or added, and takes numbers as equal that differ by rounding', () => {
    expect(compareReports({ rows, alpha: 0.3 }, { rows: rows.slice(1), alpha: 0.1 + 0.2, seed: 0 })).toEqual([
      { path: 'rows[GET /a p95]', frozen: rows[0], now: undefined },
      { path: 'seed', frozen: undefined, now: 0 },
    ]);
  });

  it('leaves out what is named as a defect, and knows which ones never occurred', () => {
    const occurring = { builds: /^stored-/, path: /pValue$/, reason: 'it was rounded twice' };
    const idle = { ...occurring, builds: /^paired-/ };
    const meant = meantDifferences([occurring, idle]);
    const differences = [{ path: 'rows[GET /a p95].pValue', frozen: 1, now: 2 }];
    expect(meant.without('stored-001 unchanged', differences)).toEqual([]);
    expect(meant.neverOccurred()).toEqual([idle]);
  });
});
