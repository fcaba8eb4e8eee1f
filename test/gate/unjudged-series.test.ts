import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { renderText } from '../../src/core/report/render/text-report.ts';
import type { MetricSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import type { JudgedMetric } from '../../src/core/thresholds/thresholds.ts';
import { type Judged, judgeRuns } from '../../src/gate/judge.ts';
import { someThresholds } from '../support/some-thresholds.ts';
import { history } from '../support/stored-shop.ts';

const blocks = Array.from({ length: 10 }, (_, index) => index);

function aTrend(metric: string, factor = 1, unit: 'ms' | '' = 'ms'): MetricSeries {
  const values = () => LatencySketch.of(Array.from({ length: 20 }, (_, i) => factor * (200 + i)));
  return { metric, kind: 'trend', unit, blocks: blocks.map((index) => ({ index, values: values() })) };
}

function aRate(metric: string): MetricSeries {
  return { metric, kind: 'rate', blocks: blocks.map((index) => ({ index, total: 40, failed: 36 })) };
}

/** Seven runs, the last of them the candidate. */
function runsWith(series: (factor: number) => readonly MetricSeries[], hasRequests: boolean, factor = 3): RunRecord[] {
  return history(7).map((run, i) => ({
    ...run,
    ...(!hasRequests && { endpoints: [] }),
    metrics: series(i < 6 ? 1 + 0.01 * i : factor),
  }));
}

function judge([...stored]: readonly RunRecord[], metrics: readonly JudgedMetric[] = []): Judged {
  const record = stored.pop() as RunRecord;
  const plan = { name: 'shop', failOn: ['regressed'], thresholds: someThresholds({ metrics }) } as const;
  return judgeRuns(
    { ...plan, mode: 'stored' },
    { record, stored, validity: { kind: 'valid', warnings: [] }, warnings: [] },
  );
}

/** What the configuration makes of the lines between backticks, below what it lists already. */
function pasted(sentence: string, before = ''): readonly JudgedMetric[] {
  const lines = [...sentence.matchAll(/`([^`]*\{[^`]*)`/g)].map(([, line]) => (before === '' ? line : `  ${line}`));
  const text = `${before}${lines.join('\n')}\n`;
  const parsed = parseConfig({
    inputs: { 'target-url': 'https://a.test/', script: 'a.js' },
    configFile: { path: '.tailgate.yml', text },
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config.thresholds.metrics;
}

const noteOf = (judged: Judged) => buildReport(judged).notes.find((note) => note.startsWith('Recorded, not judged:'));

describe('what a run records and nobody judges', () => {
  const series = (factor: number) => [
    aTrend('iteration_duration{scenario:default}', factor),
    aTrend('browser_web_vital_lcp', factor),
    aTrend('cart_value', factor, ''),
    aRate('found'),
  ];

  it('is named, with the line that judges it', () => {
    expect(noteOf(judge(runsWith(series, true)))).toBe(
      'Recorded, not judged: browser_web_vital_lcp, cart_value, found. To judge them, put `metrics: { browser_web_vital_lcp: { unit: ms, direction: up, margin: 10% }, cart_value: { direction: up, margin: 10% }, found: { unit: fraction, direction: up, margin: 10% } }` into .tailgate.yml.',
    );
  });

  it('is judged once the line is pasted, and named no more', () => {
    const runs = runsWith(series, true);
    const judged = judge(runs, pasted(noteOf(judge(runs)) ?? ''));
    expect(judged.decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(noteOf(judged)).toBeUndefined();
  });

  it('is told without a second `metrics` where there is one', () => {
    const runs = runsWith(series, true);
    const before = 'metrics:\n  cart_value: { direction: up, margin: 10% }\n';
    const note = noteOf(judge(runs, pasted('', before)));
    expect(note).toContain('below `metrics` in .tailgate.yml');
    expect(pasted(note ?? '', before).map(({ metric }) => metric)).toEqual([
      'cart_value',
      'browser_web_vital_lcp',
      'found',
    ]);
  });

  it('is no news where k6 alone records it', () => {
    expect(noteOf(judge(runsWith((factor) => [aTrend('iteration_duration', factor)], true)))).toBeUndefined();
  });
});

describe("the script's own thresholds", () => {
  const notesWith = (exit: Partial<RunRecord['exit']>) => {
    const runs = runsWith(() => [], true, 1).map((run) => ({ ...run, exit: { ...run.exit, ...exit } }));
    return buildReport(judge(runs)).notes;
  };
  const otherThresholds = ['http_req_duration: p(95)<500', 'checks: rate>0.9'];

  it('are named where they held, and where a file does not tell whether they did', () => {
    expect(notesWith({ code: 0, otherThresholds })).toContain(
      "The script's own k6 thresholds held: http_req_duration: p(95)<500, checks: rate>0.9.",
    );
    const runs = runsWith(() => [], true, 1).map(({ exit: { code: _, ...exit }, ...run }) => ({
      ...run,
      exit: { ...exit, otherThresholds },
    }));
    expect(buildReport(judge(runs)).notes).toContain(
      "Recorded, not judged: the script's own k6 thresholds (http_req_duration: p(95)<500, checks: rate>0.9). A file doesn't tell whether they were crossed; `tailgate run` does.",
    );
  });
});

describe('a run without HTTP requests', () => {
  it.each([
    ['WebSocket', ['ws_connecting', 'ws_session_duration']],
    ['browser', ['browser_web_vital_lcp', 'browser_web_vital_ttfb']],
    ['iterations alone', ['iteration_duration{scenario:default}']],
    ['odd names', ['page "home": time', 'no']],
  ])('is told which line judges it, and the line does: %s', (_, names) => {
    const runs = runsWith((factor) => names.map((name) => aTrend(name, factor)), false);
    const { verdict } = judge(runs).decided;
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'nothing-judged' });
    expect(verdict.detail).toMatch(/^the run has no HTTP or gRPC request; recorded (?:are|is only) /);
    const hint = 'hint' in verdict ? verdict.hint : '';
    expect(hint).not.toMatch(/longer|rate/);
    const metrics = pasted(hint.replaceAll('`direction: down`', ''));
    expect(metrics.map(({ metric }) => metric)).toEqual(names);
    expect(judge(runs, metrics).decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
  });

  it('is told to measure something where it recorded nothing', () => {
    expect(judge(runsWith(() => [], false)).decided.verdict).toMatchObject({
      detail: 'the run has no HTTP or gRPC request, and nothing else that could be judged',
      hint: 'Measure in the script what matters, with a Trend or a Rate of k6, and list it under `metrics` in .tailgate.yml.',
    });
  });

  it('reads so in a terminal', () => {
    const text = renderText(buildReport(judge(runsWith((factor) => [aTrend('ws_connecting', factor)], false))));
    expect(text).toContain('metrics: { ws_connecting: { unit: ms, direction: up, margin: 10% } }');
  });
});
