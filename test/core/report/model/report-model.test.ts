import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatChange,
  formatChangeOf,
  formatInterval,
  formatMs,
  formatPoints,
  formatPValue,
  formatShare,
  formatSides,
} from '../../../../src/core/report/format-quantity.ts';
import type { ReportFacts } from '../../../../src/core/report/model/report-facts.ts';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import type { Table } from '../../../../src/core/report/model/table.ts';
import { renderMarkdown } from '../../../../src/core/report/render/markdown-report.ts';
import { reportJson } from '../../../../src/core/report/render/report-json.ts';
import { reportOutputs } from '../../../../src/core/report/render/report-outputs.ts';
import { textsOf } from '../../../../src/core/report/render/table-text.ts';
import { renderText, wrapLine } from '../../../../src/core/report/render/text-report.ts';
import type { LoadModel } from '../../../../src/core/run-record/run-record.ts';
import { allEndpoints, endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { marginOf } from '../../../../src/core/thresholds/thresholds.ts';
import { aComparison, aRegression, checkSubject, estimate } from '../../../support/a-comparison.ts';
import { aMeasuredRun } from '../../../support/a-measured-run.ts';
import { rareReportCases } from '../../../support/rare-report-cases.ts';
import { reportCases, reportFacts } from '../../../support/report-cases.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

const slower = (endpoint: string, extraMs: number) =>
  aRegression({ subject: endpointSubject(endpoint), baseline: estimate(100), candidate: estimate(100 + extraMs) });

describe('buildReport', () => {
  it('says of a duet whose virtual users wait for their answers what that hides', () => {
    const notes = (mode: 'duet' | 'stored', loadModel: LoadModel) => {
      const record = aMeasuredRun(undefined, { loadModel });
      return buildReport(reportFacts({ mode, record, comparisons: [aComparison()] })).notes.join();
    };
    expect(notes('duet', 'closed')).toMatch(/hides part of a slowdown \(coordinated omission\)/);
    expect(notes('duet', 'open')).not.toContain('coordinated omission');
    expect(notes('stored', 'closed')).not.toContain('coordinated omission');
  });

  it('ranks errors before checks before latency, and latency by extra ms times share of traffic times weight', () => {
    const report = buildReport(
      reportFacts({
        record: aMeasuredRun({ 'GET /busy': 900, 'GET /rare': 100, 'POST /pay': 100 }),
        comparisons: [
          slower('GET /rare', 80),
          slower('GET /busy', 20),
          slower('POST /pay', 40),
          aRegression({ subject: checkSubject('is ok') }),
          aRegression({ subject: endpointSubject('GET /rare'), metric: 'errorRate' }),
        ],
        facts: { thresholds: someThresholds({ rules: [{ pattern: 'POST *', weight: 10 }] }) },
      }),
    );
    // Impacts of latency, in ms of an average request: /pay 40·100/1100·10 = 36, /busy 20·900/1100 = 16, /rare 7.
    expect(textsOf(report.findings).rows.map(([subject, metric]) => `${subject} ${metric}`)).toEqual([
      'GET /rare errors',
      'is ok failed checks',
      'POST /pay p95',
      'GET /busy p95',
      'GET /rare p95',
    ]);
    const impacts = reportJson(report)
      .comparisons.slice(0, 3)
      .map((row) => Math.round((row.impact ?? 0) * 10) / 10);
    expect(impacts).toEqual([7.3, 16.4, 36.4]);
  });

  it('shows one row per endpoint, with its other quantiles in the reason', () => {
    const report = buildReport(
      reportFacts({ comparisons: [aRegression({ metric: 'p99' }), aRegression(), aRegression({ metric: 'p50' })] }),
    );
    const { rows } = textsOf(report.findings);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.[1]).toBe('p95');
    expect(rows[0]?.at(-1)).toBe('beyond 10 % and 5 ms, p < 0.001; also p50 +52 %; also p99 +52 %; 42 % of requests');
  });

  it('speaks of files, not of stored runs, where files were given', () => {
    const { storeLabel: _, ...files } = reportFacts({ stored: 1, record: aMeasuredRun() });
    const report = buildReport({ ...files, excluded: [{ id: 'x', reason: 'measured beside another run' }] });
    expect(report.headline).toBe('no verdict yet: 1 comparable baseline file was given, 3 are needed');
    expect(reportJson(report).detail).toBe('1 comparable baseline file was given, 3 are needed');
    expect(report.nextSteps).toEqual([
      'Give at least 2 more baseline files of the same load.',
      "1 baseline file can't be used: measured beside another run.",
    ]);
    for (const facts of [files, rareReportCases['fail-from-files'] as ReportFacts]) {
      expect(renderMarkdown(buildReport(facts))).not.toMatch(/stored?\b/);
    }
  });

  it('says of a first run what its load is too small for, and how much larger it would have to be', () => {
    const stepOf = (requests: Readonly<Record<string, number>>, thresholds = someThresholds()) =>
      buildReport(reportFacts({ stored: 0, mode: 'record', record: aMeasuredRun(requests), facts: { thresholds } }))
        .nextSteps[0];
    expect(stepOf({ 'GET /a': 200, 'GET /b': 199 })).toBe(
      'p95 will not be judged on 1 of 2 endpoints: it needs 200 requests per endpoint and run after the warm-up, and GET /b had 199. Make the load 2 times as long, or raise its rate.',
    );
    expect(stepOf({ 'GET /a': 49, 'GET /b': 199, 'GET /c': 500 })).toContain(
      'not be judged on 2 of 3 endpoints (nor p50 on 1 of them): it needs 200 requests per endpoint and run after the warm-up, and GET /a had only 49. Make the load 5 times',
    );
    expect(stepOf({ 'GET /a': 200, 'GET /b': 0 })).toMatch(/^Run 1 of 3 is stored/);
    const ignoring = someThresholds({ rules: [{ pattern: 'GET /b', isIgnored: true }] });
    expect(stepOf({ 'GET /a': 200, 'GET /b': 1 }, ignoring)).toMatch(/^Run 1 of 3 is stored/);
  });

  it('shows at most five findings and counts the rest', () => {
    const many = Array.from({ length: 8 }, (_, i) => slower(`GET /${i}`, 20 + i));
    const report = buildReport(reportFacts({ comparisons: many }));
    expect(report.findings.rows).toHaveLength(5);
    expect(report.furtherFindings).toBe('3 further regressions in the report file');
  });

  it('puts a slowdown common to all endpoints first: it costs what they cost together', () => {
    const { baseline: _, candidate: __, ...common } = aRegression({ subject: allEndpoints });
    const report = buildReport(
      reportFacts({ comparisons: [slower('GET /items', 30), slower('GET /search', 30), common] }),
    );
    expect(textsOf(report.findings).rows[0]?.[0]).toBe('(all endpoints)');
    expect(report.headline).toMatch(/^all endpoints together got slower \(p95 \+52 %\); 2 of 2 endpoints got worse/);
  });

  it('names the margins that were applied: overridden ones, and half of them where sensitive', () => {
    const thresholds = someThresholds({
      sensitivity: 'sensitive',
      rules: [{ pattern: 'GET *', margins: { relativeIncrease: { p95: 0.3 }, latencyIncreaseMs: 40 } }],
    });
    const margin = marginOf(endpointSubject('GET /items'), 'p95', thresholds);
    const report = buildReport(reportFacts({ comparisons: [aRegression({ margin })], facts: { thresholds } }));
    expect(textsOf(report.findings).rows[0]?.at(-1)).toBe('beyond 15 % and 20 ms, p < 0.001; 42 % of requests');
  });

  it('prints the warnings of a result beside its number', () => {
    const report = buildReport(reportFacts({ comparisons: [aRegression({ warnings: ['only 3 runs know it'] })] }));
    expect(textsOf(report.findings).rows[0]?.at(-1)).toContain('only 3 runs know it');
  });

  it.each([
    [
      { failOn: ['never'] as const, comparisons: [aRegression()] },
      /^\(not enforced, fail-on: never\) 1 of 1 endpoint /,
    ],
    [{ failOn: ['never'] as const, comparisons: [aComparison()] }, /^\(not enforced, fail-on: never\) no regression/],
    [
      { failOn: ['invalid'] as const, comparisons: [aRegression()] },
      /^\(not enforced, fail-on does not list regressed\)/,
    ],
    [
      {
        failOn: ['regressed'] as const,
        record: aMeasuredRun(undefined, {
          exit: { class: 'ran' as const, code: 99, crossedThresholds: ['t'], thrownIterations: 0 },
        }),
      },
      /^\(not enforced, fail-on does not list k6-thresholds\)/,
    ],
  ])('says in the first line when the policy keeps a verdict from failing the build', (options, headline) => {
    const report = buildReport(reportFacts(options));
    expect(report.headline).toMatch(headline);
    expect(renderText(report).split('\n')[0]).toContain('not enforced');
    expect(renderMarkdown(report).split('\n')[0]).toContain('not enforced');
  });

  it('prints the minimum detectable effect beside every inconclusive latency', () => {
    const report = buildReport(reportFacts({ comparisons: [aComparison(), aComparison({ metric: 'p50' })] }));
    const [row] = textsOf(report.details[0] as Table).rows;
    expect(row?.[1]).toBe('100 → 101 ms (+1 %, would show +24 %)');
    expect(row?.[2]).toBe('100 → 101 ms (+1 %, would show +24 %)');
    expect(report.headline).toContain('+24 % p95 would most likely have shown');
  });

  it('leaves out a suspicion about an endpoint that is found to be worse anyway', () => {
    const suspect = { metric: 'p50', relativeChange: 0.3, alphas: 2, needed: 2 };
    const report = buildReport(
      reportFacts({
        comparisons: [aRegression()],
        result: {
          suspects: [
            { subject: endpointSubject('GET /items'), ...suspect },
            { subject: endpointSubject('GET /search'), ...suspect },
          ],
        },
      }),
    );
    expect(report.notes.filter((note) => note.includes('looks slower'))).toEqual([
      'GET /search looks slower (p50 +30 %), not surely: 2 fresh runs would settle it.',
    ]);
  });

  it('asks for more files instead of a store where files were given', () => {
    const { storeLabel: _, ...facts } = reportFacts({ stored: 1, record: aMeasuredRun() });
    expect(buildReport(facts).nextSteps).toEqual(['Give at least 2 more baseline files of the same load.']);
  });

  it('does not count a run as stored that could not be', () => {
    const facts = { storeFailure: 'the disk is full' };
    const report = buildReport(reportFacts({ stored: 0, mode: 'record', facts }));
    expect(report.nextSteps).toContain(
      'No comparable run is stored yet; 3 more runs of the default branch make a baseline.',
    );
  });

  it('does not show the figures of a refused run as if they were the service’s', () => {
    expect(buildReport(reportCases['invalid'] as never).absolute).toBeUndefined();
    expect(buildReport(reportCases['no-baseline-run-1'] as never).absolute?.rows).toHaveLength(5);
  });

  it('writes an unbounded effect or interval as nothing or null, never as invalid JSON', () => {
    const endless = aComparison({
      minimumDetectableEffect: Number.POSITIVE_INFINITY,
      baseline: { point: 100, interval: [0, Number.POSITIVE_INFINITY], level: 0.95, n: 1 },
    });
    const json = reportJson(buildReport(reportFacts({ comparisons: [endless] })));
    expect(json.comparisons[0]).not.toHaveProperty('minimumDetectableEffect');
    expect(json.comparisons[0]?.baseline?.interval).toEqual([0, null]);
  });
});

describe('reportOutputs', () => {
  it('gives the Action its outputs as texts', () => {
    const report = buildReport(reportCases['pass-nothing-found'] as never);
    expect(reportOutputs(report)).toEqual({
      verdict: 'pass',
      reason: 'nothing-found',
      regressions: '[]',
      causes: '[]',
      summary: report.headline,
      'baseline-runs': '5',
      'minimum-detectable-effect': '0.23',
      'confirm-runs': '2',
    });
  });

  it('lists regressions worst first, and leaves empty what is not known', () => {
    const outputs = reportOutputs(
      buildReport(reportFacts({ comparisons: [slower('GET /report', 20), slower('GET /items', 20)] })),
    );
    const figures = {
      metric: 'p95',
      unit: 'ms',
      baseline: 100,
      candidate: 120,
      relativeChange: 0.2,
      interval: [0.15, 0.25],
    };
    expect(JSON.parse(outputs.regressions)).toEqual([
      { subject: endpointSubject('GET /items'), ...figures },
      { subject: endpointSubject('GET /report'), ...figures },
    ]);
    const nothing = reportOutputs(buildReport(reportFacts({ stored: 0 })));
    expect(nothing).toMatchObject({ verdict: 'no-baseline', reason: '', 'minimum-detectable-effect': '' });
  });
});

describe('renderText', () => {
  it('colors the badge only when asked to', () => {
    const report = buildReport(reportCases['fail-regressed'] as never);
    expect(renderText(report)).not.toContain('\u001b');
    expect(renderText(report, { color: true })).toMatch(/^\u001b\[1;31mFAIL\u001b\[0m: 1 of 4 endpoints/);
  });

  it('shows all endpoints only when asked to', () => {
    const report = buildReport(reportCases['fail-regressed'] as never);
    expect(renderText(report)).not.toContain('All endpoints');
    expect(renderText(report, { details: true })).toContain('All endpoints');
  });

  test.prop([fc.integer({ min: 40, max: 160 }), fc.constantFrom(...Object.keys(reportCases))], { numRuns: 60 })(
    'fits a terminal of any width, but for commands that are there to be copied',
    (width, name) => {
      const text = renderText(buildReport(reportCases[name] as never), { width, details: true });
      for (const line of text.split('\n')) {
        if (!line.startsWith('    tailgate ')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }
    },
  );

  it('lists the rows of a table that is too wide', () => {
    const report = buildReport(reportCases['fail-errors'] as never);
    expect(renderText(report, { width: 50 })).toContain(
      '  GET /search\n    metric: p95\n    baseline → now: 120 → 183 ms\n    change: +52 %\n',
    );
  });
});

describe('wrapLine', () => {
  it('keeps a number with its unit and cuts what has no blank', () => {
    expect(wrapLine('aaa +52 % bbb', 8, ' ')).toBe('aaa\n +52 %\n bbb');
    expect(wrapLine('abcdefgh', 4, '')).toBe('abcd\nefgh');
    expect(wrapLine('    deep down', 9, '    ')).toBe('    deep\n    down');
  });
});

describe('format', () => {
  it.each([
    [formatMs(0), '0 ms'],
    [formatMs(3.417), '3.42 ms'],
    [formatMs(41.23), '41.2 ms'],
    [formatMs(183.2), '183 ms'],
    [formatMs(12_340), '12.3 s'],
    [formatChange(0.523), '+52 %'],
    [formatChange(-0.031), '−3.1 %'],
    [formatChange(0.00001), '0 %'],
    [formatChange(Number.POSITIVE_INFINITY), '?'],
    [formatPoints(0.0408), '+4.1 pp'],
    [formatShare(0), '0 %'],
    [formatShare(0.0012), '0.12 %'],
    [formatShare(0.00001), '< 0.01 %'],
    [formatShare(0.634), '63 %'],
    [formatPValue(0.00002), 'p < 0.001'],
    [formatPValue(0.0132), 'p = 0.013'],
    [formatAge(26 * 3_600_000), '26 hours'],
    [formatAge(72 * 3_600_000), '3 days'],
    [formatAge(61_000), 'a minute'],
  ])('rounds to %s', (text, expected) => {
    expect(text).toBe(expected);
  });

  it('gives both sides one unit where it is the same, and points to errors', () => {
    const errors = aRegression({
      metric: 'errorRate',
      baseline: estimate(0.001),
      candidate: estimate(0.05),
      relativeChange: { point: 0.049, interval: [0.03, 0.07], level: 0.95, n: 9 },
    });
    expect(formatSides(errors)).toBe('0.1 → 5 %');
    expect(formatChangeOf(errors)).toBe('+4.9 pp');
    expect(formatInterval(errors)).toBe('+3 to +7 pp');
    expect(formatSides(aRegression({ baseline: estimate(9000), candidate: estimate(12_000) }))).toBe('9000 ms → 12 s');
  });
});
