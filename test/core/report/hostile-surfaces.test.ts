import { fc, test } from '@fast-check/vitest';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { parse } from 'parse5';
import { describe, expect } from 'vitest';
import { explainFailure } from '../../../src/commands/commands.ts';
import type { Calibration } from '../../../src/core/calibration/calibrate.ts';
import { guardWorkflowCommands, toPlainLines } from '../../../src/core/report/escape.ts';
import { renderTrendPage } from '../../../src/core/report/html/trend-page.ts';
import { absoluteTable } from '../../../src/core/report/model/tables.ts';
import {
  calibrationMarkdown,
  calibrationText,
  reportCalibration,
} from '../../../src/core/report/render/calibration-report.ts';
import { textsOf } from '../../../src/core/report/render/table-text.ts';
import { renderTextTable } from '../../../src/core/report/render/text-report.ts';
import { buildTrendPage } from '../../../src/core/report/trend/trend-model.ts';
import { GateError } from '../../../src/errors.ts';
import { storedMonths } from '../../support/stored-months.ts';

/** What a branch, a commit message, a file, an endpoint or an environment may be called by somebody who means harm. */
const fragments = [
  ...['@octocat', '@org/team', '#1', 'GH-7', 'http://evil.example', 'www.evil.example', '[x](http://evil.example)'],
  ...['<img src=x onerror=alert(1)>', '<script>alert(1)</script>', '</details>', '<!-- tailgate -->', '&lt;b&gt;'],
  ...['::set-output name=a::b', '::add-mask::c', '\n::error::x', '##[group]y', '::stop-commands::z', '%0A::debug::w'],
  ...['\u001b[2J', '\u001b]8;;http://evil.example\u0007x', '\u009b31m', '\r', '\n', '\t', '\0', '\u0008', '\u2028'],
  ...[
    '\u202e',
    '\u2066',
    '\u200f',
    '\u200b',
    '\ufeff',
    '\u00ad',
    '\ud800',
    '`',
    '```',
    '~~~\n',
    '|',
    '\\',
    '$(id)',
    '"',
    "'",
  ],
  ...['x'.repeat(5000), '\n\n# heading', '\n- item', 'é', '日本', '🛒', ' ', 'GET /a', '%', '*a*', '_b_'],
];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...fragments), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const names = fc.uniqueArray(hostile, { minLength: 4, maxLength: 4 });

const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

function faultsOfText(text: string): string[] {
  return [
    ...(unseen.test(text) ? ['a character that moves or hides'] : []),
    ...(/^\s*::|##\[/m.test(text) ? ["a command of GitHub's runner"] : []),
    ...(text.split('\n').some((line) => line.length > 3000) ? ['a line without end'] : []),
  ];
}

/** Elements and addresses of a page as a browser sees it. */
function partsOf(html: string): string[] {
  const parts = new Set<string>();
  const visit = (node: {
    nodeName: string;
    attrs?: { name: string; value: string }[];
    childNodes?: unknown[];
  }): void => {
    parts.add(node.nodeName);
    for (const { name, value } of node.attrs ?? []) {
      parts.add(`${node.nodeName}[${name}]`);
      if (/^(?:href|src|action|content)$/.test(name) && !value.startsWith('#')) parts.add(`${name}=${value}`);
    }
    for (const child of node.childNodes ?? []) visit(child as Parameters<typeof visit>[0]);
  };
  visit(parse(html) as unknown as Parameters<typeof visit>[0]);
  return [...parts];
}

const calibrationOf = ([a = '', b = '']: readonly string[]): Calibration => ({
  endpoints: [a, b].map((endpoint) => ({
    ...{ endpoint, requestsPerMinute: 600, p95Ms: 40, blockNoise: 0.05, offset: 0.09, detectable: [0.3, 0.2, 0.1] },
  })),
  falseAlarms: { builds: 2, failed: 0, interval: [0, 0.6] },
  suggestions: ['max-p95-increase: 20%', 'overrides: |', `  ${a} p95: 30%`],
  pairs: 24,
});

describe('names from outside stay harmless', () => {
  test.prop([names], { numRuns: 300 })('in what a calibration prints', (given) => {
    const report = reportCalibration(calibrationOf(given), given[2] ?? '', 5000);
    expect(faultsOfText(calibrationText(report, 100))).toEqual([]);
  });

  test.prop([names], { numRuns: 300 })('in the summary of a calibration', (given) => {
    const markdown = calibrationMarkdown(reportCalibration(calibrationOf(given), given[2] ?? '', 5000));
    expect(faultsOfText(markdown)).toEqual([]);
    const html = micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
    const usual = partsOf(
      micromark(calibrationMarkdown(reportCalibration(calibrationOf(['GET /a', 'b']), 'shop', 5000)), {
        ...{ extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true },
      }),
    );
    expect(partsOf(html).filter((part) => !usual.includes(part))).toEqual([]);
    const prose = html.replaceAll(/<(code|pre)[\s\S]*?<\/\1>/g, '');
    expect(prose).not.toMatch(/(^|[^\w`])@[a-z0-9]|#\d|\bGH-\d|\bhttps?:\/\/|\bwww\.\w/i);
  });

  const page = (given: readonly string[]) => {
    const shape = { medianMs: 50, requests: 300 };
    const records = storedMonths({
      ...{ endpoints: { [given[0] as string]: shape, [given[1] as string]: shape }, runs: 6, seed: 'hostile' },
    }).map((record) => ({
      ...record,
      provenance: { commit: given[2] as string, branch: given[3] as string },
      quarantined: { reason: given[2] as string },
    }));
    return renderTrendPage(buildTrendPage(records, given[3] as string, [given[2] as string]));
  };
  const usualPage = partsOf(page(['GET /a', 'GET /b', 'c', 'd']));

  test.prop([names], { numRuns: 60 })('on the page of the trend', (given) => {
    const html = page(given);
    expect(partsOf(html).filter((part) => !usualPage.includes(part))).toEqual([]);
    expect(html).not.toMatch(unseen);
  });

  test.prop([names], { numRuns: 200 })('in tables of the terminal', (given) => {
    const [record] = storedMonths({
      ...{ endpoints: { [given[0] as string]: { medianMs: 50, requests: 300 } }, runs: 1, seed: 'hostile' },
    });
    const tables = [
      { title: 'Run', columns: ['what', 'value'], rows: given.map((name) => [name, name]) },
      textsOf(absoluteTable(record as NonNullable<typeof record>) as NonNullable<ReturnType<typeof absoluteTable>>),
    ];
    for (const table of tables)
      expect(faultsOfText(guardWorkflowCommands(renderTextTable(table, 100).join('\n')))).toEqual([]);
  });

  test.prop([hostile, hostile], { numRuns: 300 })('in errors and in lines of the log', (message, hint) => {
    const printed: string[] = [];
    const { write } = process.stderr;
    process.stderr.write = ((text: string) => printed.push(text) > 0) as typeof write;
    try {
      explainFailure(new GateError('CONFIG_INVALID', message, hint));
    } finally {
      process.stderr.write = write;
    }
    expect(printed).toHaveLength(1);
    expect(faultsOfText(printed.join(''))).toEqual([]);
    expect(faultsOfText(toPlainLines(message))).toEqual([]);
  });
});
