import { createHash } from 'node:crypto';
import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { renderTrendPage, trendStyle, trendStyleHash } from '../../../../src/core/report/html/trend-page.ts';
import { buildTrendPage } from '../../../../src/core/report/trend/trend-model.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { aMeasuredRun } from '../../../support/a-measured-run.ts';
import { aShopsMonths, storedMonths } from '../../../support/stored-months.ts';

const elementsOf = (html: string) => html.replaceAll(/<style>[\s\S]*?<\/style>/g, '');

describe('renderTrendPage', () => {
  it('shows no unknown figure, and gives the same bytes for the same runs', () => {
    const html = () => renderTrendPage(buildTrendPage(aShopsMonths(), 'dir:runs', []));
    expect(elementsOf(html())).not.toMatch(/undefined|NaN|Infinity|\[object/);
    expect(html()).toBe(html());
  });

  it('loads nothing, runs nothing and carries no inline style, which its policy would refuse', () => {
    const html = renderTrendPage(buildTrendPage(aShopsMonths(), 'dir:runs', []));
    expect(html).toContain("script-src 'none'");
    expect(elementsOf(html)).not.toMatch(/<script| style=| on\w+=| src=| href="(?!#)/);
    expect(trendStyleHash).toBe(createHash('sha256').update(trendStyle).digest('base64'));
  });

  it('weighs less than 500 kB with 50 endpoints and 300 stored runs', () => {
    const names = Array.from({ length: 50 }, (_, i) => `GET /api/v2/accounts/:id/subresources/${i}/with-a-long-name`);
    const endpoints = Object.fromEntries(names.map((name, i) => [name, { medianMs: 20 + 9 * i, requests: 60 }]));
    const records = storedMonths({
      endpoints,
      runs: 300,
      seed: 'heavy',
      failing: (_, run) => (run % 9 === 0 ? 0.02 : 0),
    });
    const html = renderTrendPage(buildTrendPage(records, 'dir:runs', []));
    expect(Buffer.byteLength(html)).toBeLessThan(500_000);
  });

  property.prop([fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })], { numRuns: 30 })(
    'makes no element of a name or a reason from outside',
    (name, reason) => {
      const page = (endpoint: string, text: string) => {
        const accepted = { by: text, reason: text, until: '2027-01-01', pullRequest: 1 };
        const runs = [1, 2, 3].map((day) =>
          aMeasuredRun(
            { [endpoint]: 100 },
            {
              id: `${day}`,
              startedAt: `2026-11-0${day}T00:00:00Z`,
              accepted: {
                ...accepted,
                figures: [{ subject: endpointSubject(endpoint), metric: 'p95', relativeChange: 1 }],
              },
            },
          ),
        );
        return renderTrendPage(buildTrendPage(runs, `dir:${text}`, [text]));
      };
      const tags = (html: string) => html.match(/<[a-z!/][\w-]*/gi)?.map(String) ?? [];
      expect(tags(page(name, reason)).filter((tag) => !tags(page('GET /a', 'b')).includes(tag))).toEqual([]);
      expect(page(name, reason)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    },
  );
});
