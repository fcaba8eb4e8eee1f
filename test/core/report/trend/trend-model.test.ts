import { describe, expect, it } from 'vitest';
import { textsOf } from '../../../../src/core/report/render/table-text.ts';
import { buildTrendPage, type TrendPageEndpoint } from '../../../../src/core/report/trend/trend-model.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { aShopsMonths, type StoredMonths, storedMonths } from '../../../support/stored-months.ts';

const shop = { 'GET /a': { medianMs: 50, requests: 300 }, 'GET /b': { medianMs: 90, requests: 300 } };
const months = (plan: Partial<StoredMonths>) => storedMonths({ endpoints: shop, runs: 60, seed: 'trend', ...plan });
const endpointsOf = (plan: Partial<StoredMonths>): readonly TrendPageEndpoint[] =>
  buildTrendPage(months(plan), 'dir:runs', []).sections[0]?.endpoints ?? [];
const storyOf = (plan: Partial<StoredMonths>, endpoint = 'GET /a') =>
  endpointsOf(plan)
    .find((other) => other.endpoint === endpoint)
    ?.story.join('\n');

describe('buildTrendPage', () => {
  it('tells a slow creep with both numbers, though no step of it was large', () => {
    const story = storyOf({ level: (endpoint, run) => (endpoint === 'GET /a' ? 1.3 ** (run / 59) : 1) });
    expect(story).toMatch(
      /^p95 crept from 10\d ms \(the first 10 runs from 26 Sep 2026\) to 1[23]\d ms \(the newest 10\), \+2\d %: no single step was beyond 10 %, the usual margin of one change\./,
    );
    expect(story?.split('\n')).toHaveLength(1);
  });

  it('says nothing of an endpoint that only wobbles', () => {
    const [first, second] = endpointsOf({});
    expect([first?.story, second?.story]).toEqual([[], []]);
    expect(buildTrendPage(months({}), 'dir:runs', []).headline).toBe(
      'No endpoint is known to be worse than where it began',
    );
  });

  it('names the run from which on the level was another one', () => {
    const story = storyOf({ level: (endpoint, run) => (endpoint === 'GET /a' && run >= 30 ? 1.4 : 1) });
    expect(story).toContain('a step of more than 10 % was among it');
    expect(story).toMatch(/From 26 Oct 2026 \(a0ebc2f\) on: p50 .*\(\+(39|4\d) %\), p95 .*, p99/);
  });

  it('measures anew from the run that came with an accepted slowdown', () => {
    const accepted = {
      by: 'maintainer',
      reason: 'more rows',
      until: '2027-01-20',
      pullRequest: 7,
      figures: [{ subject: endpointSubject('GET /a'), metric: 'p95', relativeChange: 0.4 }],
    };
    const plan = {
      level: (endpoint: string, run: number) => (endpoint === 'GET /a' && run >= 20 ? 1.4 : 1),
      accepted: { 20: accepted },
    };
    const [, , ...none] = endpointsOf(plan);
    expect(none).toEqual([]);
    expect(endpointsOf(plan).map(({ isWorse }) => isWorse)).toEqual([false, false]);
    expect(storyOf(plan)).toMatch(
      /came a slowdown that maintainer had accepted in pull request 7 until 20 Jan 2027: more rows/,
    );
    expect(endpointsOf(plan).find(({ endpoint }) => endpoint === 'GET /a')?.chart.anchors).toHaveLength(2);
  });

  it('gives red runs no say and names them', () => {
    const plan = { level: (_: string, run: number) => (run === 40 ? 3 : 1), red: [40] };
    const [section] = buildTrendPage(months(plan), 'dir:runs', []).sections;
    expect(section?.notes.join(' ')).toContain('1 run was red and counted for nothing here: 5 Nov 2026');
    expect(section?.endpoints[0]?.chart.red).toHaveLength(1);
    expect(section?.endpoints.map(({ story }) => story)).toEqual([[], []]);
  });

  it('puts errors first, then what is slower by the most', () => {
    const page = buildTrendPage(aShopsMonths(), 'branch:tailgate-baselines', []);
    expect(page.sections[0]?.endpoints.slice(0, 3).map(({ endpoint }) => endpoint)).toEqual([
      'POST /checkout',
      'POST /login',
      'GET /search',
    ]);
    expect(page.headline).toBe('3 of 8 endpoints are worse than where they began');
    expect(page.sections[0]?.endpoints[0]?.story).toEqual([
      'From 26 Oct 2026 (a173189) on more requests failed: 0 % before, 3 % since.',
    ]);
  });

  it('lists each month with the middle of its runs', () => {
    const [first] = endpointsOf({});
    expect(first && textsOf(first.months).rows.map(([month, runs]) => [month, runs])).toEqual([
      ['Sep 2026', '5'],
      ['Oct 2026', '31'],
      ['Nov 2026', '24'],
    ]);
  });

  it('points at what endpoints share where half of them rose together', () => {
    const endpoints = Object.fromEntries('abcd'.split('').map((name) => [name, { medianMs: 40, requests: 300 }]));
    const records = months({ endpoints, level: (_, run) => 1 + run / 100 });
    expect(buildTrendPage(records, 'dir:runs', []).sections[0]?.notes.join(' ')).toContain('rose together');
  });

  it('keeps configurations apart and leaves out runs of another load', () => {
    const load = (run: number) => ({ name: run % 2 === 0 ? 'shop' : 'admin', load: run === 0 ? '10/s' : '50/s' });
    const records = months({ runs: 40 }).map((record, run) => ({
      ...record,
      fingerprint: { hard: load(run), soft: {} },
    }));
    const { sections } = buildTrendPage(records, 'dir:runs', []);
    expect(sections.map(({ heading }) => heading)).toEqual(['admin', 'shop']);
    expect(sections[1]?.notes.join(' ')).toContain(
      "1 run can't be set beside the newest one: its load is 10/s, of this run 50/s.",
    );
    expect(sections[0]?.notes.join(' ')).toContain('Creep is looked for from 30 green runs since the anchor on; 0 of');
  });

  it('has a headline for an empty store', () => {
    expect(buildTrendPage([], 'dir:runs', ['one file is damaged'])).toMatchObject({
      headline: 'No stored run has a request yet',
      sections: [],
      warnings: ['one file is damaged'],
    });
  });
});
