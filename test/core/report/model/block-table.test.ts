import { describe, expect, it } from 'vitest';
import { oddBlocksTable } from '../../../../src/core/report/model/block-table.ts';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import { renderMarkdown } from '../../../../src/core/report/render/markdown-report.ts';
import { textsOf } from '../../../../src/core/report/render/table-text.ts';
import { renderText } from '../../../../src/core/report/render/text-report.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { judgePair } from '../../../../src/gate/judge.ts';
import { aMeasuredRun } from '../../../support/a-measured-run.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

interface Block {
  readonly requests?: number;
  readonly failed?: number;
  readonly ms?: number;
}

/** Twelve blocks of 20 requests that take 20 ms or a little more, but for those given. */
function sideOf(odd: Readonly<Record<number, Block>> = {}, failedEverywhere = 0): RunRecord {
  const blocks = Array.from({ length: 12 }, (_, index) => {
    const { requests = 20, failed = failedEverywhere, ms = 20 + (index % 3) } = odd[index] ?? {};
    return { index, latency: LatencySketch.of(Array.from({ length: requests }, () => ms)), failedRequests: failed };
  });
  const kept = blocks.filter((block) => block.latency.count + block.failedRequests > 0);
  const series = {
    endpoint: 'GET /a',
    protocol: 'http',
    method: 'GET',
    name: '/a',
    outcomes: {},
    blocks: kept,
  } as const;
  return aMeasuredRun({}, { endpoints: [series], warmUpMs: 10_000, blockLengthMs: 5_000 });
}

describe('oddBlocksTable', () => {
  it('has no row for two calm sides, nor for a constant share of failures', () => {
    expect(oddBlocksTable(sideOf(), sideOf()).rows).toEqual([]);
    expect(oddBlocksTable(sideOf({}, 4), sideOf({}, 6)).rows).toEqual([]);
  });

  it('shows a stall of one side with the figures of both', () => {
    const stalled = sideOf({ 4: { requests: 0 }, 5: { requests: 3 } });
    expect(textsOf(oddBlocksTable(sideOf(), stalled)).rows).toEqual([
      ['0:30', '20', '0', '21 ms', '–', 'candidate made no request'],
      ['0:35', '20', '3', '22 ms', '22 ms', 'candidate made few requests'],
    ]);
  });

  it('shows blocks that are far from the others, or fail', () => {
    const baseline = sideOf({ 2: { ms: 200 } });
    const candidate = sideOf({ 7: { requests: 10, failed: 10 } });
    const reasons = textsOf(oddBlocksTable(baseline, candidate)).rows.map((row) => [row[0], row.at(-1)]);
    expect(reasons).toEqual([
      ['0:20', expect.stringMatching(/^baseline \+\d+ % against its other blocks$/)],
      ['0:45', 'candidate failed 10 of 20'],
    ]);
  });

  it('shows a block of one side that holds the requests of two, as after a clock was set back', () => {
    const back = sideOf({ 6: { requests: 40 } });
    expect(textsOf(oddBlocksTable(sideOf(), back)).rows.map((row) => row.at(-1))).toEqual([
      'candidate made many requests',
    ]);
    expect(oddBlocksTable(back, back).rows).toEqual([]);
  });
});

describe('the report of a duet', () => {
  const reportOf = (candidate: RunRecord) =>
    buildReport(
      judgePair(
        { name: 'shop', thresholds: someThresholds(), failOn: ['regressed'] },
        {
          baseline: sideOf(),
          candidate,
          targetWasReady: true,
          paired: { placement: 'one-host', order: 'concurrent' },
        },
      ),
    );

  it('shows a stall, folded in Markdown and openly in a terminal', () => {
    const report = reportOf(sideOf({ 4: { requests: 0 } }));
    expect(renderMarkdown(report)).toContain('<details><summary>Time blocks that stand out (1)</summary>');
    expect(renderText(report)).toMatch(/Time blocks that stand out:\n.*from.*\n[\s\S]*candidate made no request/);
    expect(report.warnings).toContainEqual(expect.stringContaining('1 of 12 time blocks'));
  });

  it('says nothing of time blocks when none stands out', () => {
    const report = reportOf(sideOf());
    expect(renderMarkdown(report) + renderText(report)).not.toContain('Time blocks');
  });
});
