import { describe, expect, it } from 'vitest';
import { blockTimeline } from '../../../../src/core/report/charts/block-timeline.ts';
import { changeCharts } from '../../../../src/core/report/charts/change-chart.ts';
import { distributionChart } from '../../../../src/core/report/charts/distribution-chart.ts';
import { environmentTable } from '../../../../src/core/report/charts/environment-table.ts';
import { buildCharts } from '../../../../src/core/report/charts/report-charts.ts';
import { type TrendRun, trendChart } from '../../../../src/core/report/charts/trend-chart.ts';
import { verdictCounts } from '../../../../src/core/report/model/endpoint-verdict.ts';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import { textsOf } from '../../../../src/core/report/render/table-text.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { seededRandom } from '../../../../src/core/stats/random.ts';
import { marginOf } from '../../../../src/core/thresholds/thresholds.ts';
import { aComparison, aRegression, estimate } from '../../../support/a-comparison.ts';
import { aLifelikeRun } from '../../../support/a-lifelike-run.ts';
import { aMeasuredRun } from '../../../support/a-measured-run.ts';
import { pageCases } from '../../../support/page-cases.ts';
import { reportCases, reportFacts } from '../../../support/report-cases.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

const evenly = (count: number, factor = 1) =>
  LatencySketch.of(Array.from({ length: count }, (_, i) => ((i + 1) / count) * 100 * factor));

describe('distributionChart', () => {
  it('shows both sides and the spread of the baseline runs at every share of requests', () => {
    const chart = distributionChart([evenly(1000), evenly(1000, 1.2), evenly(1000, 1.1)], evenly(1000, 2));
    const p50 = chart?.points.find((point) => point.label === 'p50');
    expect(p50?.baselineMs).toBeCloseTo(55, 0);
    expect(p50?.rangeMs?.map(Math.round)).toEqual([50, 60]);
    expect(p50?.candidateMs).toBeCloseTo(100, 0);
    expect(chart?.readings.find(({ label }) => label === 'p95')?.change).toMatch(/^\+8[12] %$/);
  });

  it('ends where a side has too few requests to tell', () => {
    const chart = distributionChart([evenly(100)], evenly(10_000));
    expect(chart?.points.findLast((point) => point.baselineMs !== undefined)?.label).toBe('p97');
    expect(chart?.points.at(-1)?.label).toBe('p99.9');
  });

  it('is left out where there is nothing to draw', () => {
    expect(distributionChart([], new LatencySketch())).toBeUndefined();
  });
});

describe('blockTimeline', () => {
  const plan = { endpoints: { 'GET /a': 20, 'GET /b': 200 }, blocks: 24, requestsPerBlock: 60 };
  const steady = (name: string) => aLifelikeRun({ ...plan, random: seededRandom(name) });

  it('finds nothing to remark on a steady run', () => {
    expect(blockTimeline(steady('one'), [steady('two')], false)?.remarks).toEqual(['No drift, no odd block, no gap.']);
  });

  it('names a block that is far from the others', () => {
    const run = aLifelikeRun({ ...plan, random: seededRandom('odd'), slowness: (_, block) => (block === 7 ? 2 : 1) });
    const timeline = blockTimeline(run, [], false);
    expect(timeline?.blocks.filter((block) => block.candidate.isOutlier).map((block) => block.start)).toEqual(['0:35']);
    expect(timeline?.remarks).toEqual(['1 block far from the others (at 0:35).']);
  });

  it('sees a drift over the run', () => {
    const run = aLifelikeRun({ ...plan, random: seededRandom('drift'), slowness: (_, block) => 1 + 0.02 * block });
    expect(blockTimeline(run, [], false)?.remarks.join()).toMatch(/^The last third was \+\d+ % against the first/);
  });

  it('shows the stall of one side of a duet as a row of the block table', () => {
    const candidate = aLifelikeRun({
      ...plan,
      random: seededRandom('stall'),
      presence: (block) => (block === 5 ? 0 : 1),
    });
    const timeline = blockTimeline(candidate, [steady('beside')], true);
    expect(timeline?.blocks[5]).toMatchObject({
      start: '0:25',
      remark: 'candidate made no request',
      candidate: { requests: 0, isShort: true },
      baseline: { requests: 120, isShort: false },
    });
  });

  it('counts failed requests per block and side', () => {
    const candidate = aLifelikeRun({
      ...plan,
      random: seededRandom('fail'),
      failures: (_, block) => (block === 3 ? 1 : 0),
    });
    const timeline = blockTimeline(candidate, [steady('beside')], true);
    expect(timeline?.failures).toBe(
      'Baseline: None of 2880 requests failed. Candidate: 120 of 2880 requests failed (4.2 %).',
    );
    expect(timeline?.blocks[3]?.candidate).toMatchObject({ failed: 120, requests: 120 });
  });
});

describe('trendChart', () => {
  const run = (ms: number, day: number, kind: TrendRun['kind'] = 'window'): TrendRun => ({
    ms,
    kind,
    startedAt: `2026-11-${String(day).padStart(2, '0')}T08:00:00Z`,
    commit: `c0ffee${day}`,
  });
  const wobble = (i: number) => 1 + 0.01 * (i % 3);

  it('finds the run from which on the level is another one', () => {
    const runs = Array.from({ length: 16 }, (_, i) => run((i < 8 ? 100 : 130) * wobble(i), i + 1));
    const chart = trendChart([...runs, run(131, 17, 'candidate')]);
    expect(chart?.levels.map(({ from, to }) => [from, to])).toEqual([
      [0, 7],
      [8, 15],
    ]);
    expect(chart?.summary).toMatch(
      /^16 stored runs: \+30 % from c0ffee9 on; this run 0 %|^16 stored runs: \+(29|30) % from c0ffee9/,
    );
  });

  it('gives red runs and the judged run no say in the level', () => {
    const runs = Array.from({ length: 10 }, (_, i) => run(100 * wobble(i), i + 1, i === 5 ? 'quarantined' : 'window'));
    const chart = trendChart([
      ...runs.map((r) => (r.kind === 'quarantined' ? { ...r, ms: 300 } : r)),
      run(150, 11, 'candidate'),
    ]);
    expect(chart?.levels).toHaveLength(1);
    expect(chart?.levels[0]?.ms).toBeCloseTo(101, 0);
    expect(chart?.points[5]?.text).toBe('6 Nov 2026, c0ffee6: 300 ms (was red)');
  });

  it('measures what creeps by little at a time against the first runs', () => {
    const runs = Array.from({ length: 12 }, (_, i) => run(100 * 1.01 ** i, i + 1));
    expect(trendChart([...runs, run(113, 13, 'candidate')])?.anchor?.text).toBe('first 3 runs: 101 ms');
  });

  it('is left out with fewer than three stored runs or none to judge', () => {
    expect(trendChart([run(1, 1), run(1, 2), run(1, 3, 'candidate')])).toBeUndefined();
    expect(trendChart([run(1, 1), run(1, 2), run(1, 3)])).toBeUndefined();
  });
});

describe('changeCharts', () => {
  it('has one chart per metric, worst first, each row with its own margin', () => {
    const rules = [{ pattern: 'GET /b', margins: { relativeIncrease: { p95: 0.3 } } }];
    const [a, b] = [endpointSubject('GET /a'), endpointSubject('GET /b')];
    const margin = marginOf(b, 'p95', someThresholds({ rules }));
    const rows = [aComparison({ subject: a }), aRegression({ subject: b, margin })];
    const [chart] = changeCharts(rows, new Map([['GET /b', 0.5]]));
    expect(chart?.rows.map(({ endpoint, share, plot }) => [endpoint, share, plot?.margin])).toEqual([
      ['GET /b', '50 %', 0.3],
      ['GET /a', '', 0.1],
    ]);
  });

  it('leaves out endpoints without a failure on either side, and counts them', () => {
    const failures = { metric: 'errorRate', candidate: estimate(0) } as const;
    const rows = [
      aComparison({ ...failures, subject: endpointSubject('GET /calm'), baseline: estimate(0) }),
      aComparison({ ...failures, subject: endpointSubject('GET /better'), baseline: estimate(0.1) }),
    ];
    const [chart] = changeCharts(rows, new Map());
    expect(chart?.rows.map((row) => row.endpoint)).toEqual(['GET /better']);
    expect(chart?.uneventful).toBe(1);
    expect(verdictCounts(rows).map(({ count }) => count)).toEqual([1]);
  });
});

describe('environmentTable', () => {
  it('marks what should be the same on both sides and is not', () => {
    const other = aMeasuredRun({}, { fingerprint: { hard: { name: 'shop' }, soft: { k6Version: '2.1.0' } } });
    const rows = environmentTable(aMeasuredRun(), [other]);
    expect(rows.filter((row) => row.differs)).toMatchObject([{ label: 'k6', candidate: '2.2.0', baseline: '2.1.0' }]);
  });
});

describe('buildReport', () => {
  it('draws no latencies of a run that was refused', () => {
    expect(
      buildCharts(buildReport(reportCases['invalid'] as Parameters<typeof buildReport>[0]).facts).endpoints,
    ).toEqual([]);
  });

  it('puts the endpoints that got worse first', () => {
    const { endpoints } = buildCharts((pageCases['regressed'] as () => ReturnType<typeof buildReport>)().facts);
    expect(
      endpoints
        .slice(0, 2)
        .map(({ endpoint }) => endpoint)
        .sort(),
    ).toEqual(['GET /search', 'POST /checkout']);
  });

  it('says after an early stop first what is sure, then what was seen at the stop', () => {
    const comparisons = [aRegression()];
    const report = buildReport(reportFacts({ comparisons, result: { stoppedEarly: true } }));
    const { columns, rows } = textsOf(report.findings);
    expect(columns.slice(3, 5)).toEqual(['95 % interval', 'change at stop']);
    expect(rows[0]?.slice(3, 5)).toEqual(['+40 to +65 %', '+52 %']);
  });
});
