import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import type { MetricSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { type Judged, judgePair, judgeRuns } from '../../src/gate/judge.ts';
import { judgeJobs } from '../../src/gate/judge-jobs.ts';
import { duetPairs, duetRecords } from '../support/paired-runs.ts';
import { someThresholds } from '../support/some-thresholds.ts';
import { history } from '../support/stored-shop.ts';

const failOn = ['regressed', 'k6-thresholds', 'invalid'] as const;
const listing = (...metrics: readonly string[]) => ({
  name: 'shop',
  thresholds: someThresholds({
    metrics: metrics.map((metric) => ({ metric, unit: 'ms', direction: 'up', margin: 0.1 }) as const),
  }),
  failOn,
});
const valid = { kind: 'valid', warnings: [] } as const;

/** 20 values around `value` in each of ten time blocks. */
function aTrend(metric: string, value = 200): MetricSeries {
  const values = () => LatencySketch.of(Array.from({ length: 20 }, (_, i) => value + i));
  return {
    ...{ metric, kind: 'trend', unit: 'ms' },
    blocks: Array.from({ length: 10 }, (_, index) => ({ index, values: values() })),
  };
}

const having = (run: RunRecord, ...metrics: readonly MetricSeries[]): RunRecord => ({ ...run, metrics });
const runs = history(7);
const stored = runs.slice(0, 6).map((run) => having(run, aTrend('checkout_time'), aTrend('cart_time')));
const [candidate] = runs.slice(6) as [RunRecord];

function judgeStored(run: RunRecord, metrics: readonly string[], window: readonly RunRecord[] = stored): Judged {
  return judgeRuns(
    { ...listing(...metrics), mode: 'stored' },
    { record: run, stored: window, validity: valid, warnings: [] },
  );
}

const told = ({ decided }: Judged) => {
  const { verdict } = decided;
  return { verdict: verdict.verdict, detail: verdict.detail, exitCode: decided.outcome.exitCode };
};

const sides = duetRecords(duetPairs({ endpoints: 2, pairs: 30, requestsPerBlock: 40, seed: 'metrics' }));

function judgeDuet(baseline: readonly MetricSeries[], after: readonly MetricSeries[], metric: string): Judged {
  return judgePair(listing(metric), {
    ...{ baseline: having(sides.baseline, ...baseline), candidate: having(sides.candidate, ...after) },
    targetWasReady: true,
    paired: { placement: 'one-host', order: 'concurrent' },
  });
}

describe('a metric that the configuration lists', () => {
  it('is judged where both sides have it, and the build passes', () => {
    expect(told(judgeStored(having(candidate, aTrend('checkout_time')), ['checkout_time'])).verdict).toBe('pass');
    expect(told(judgeDuet([aTrend('checkout_time')], [aTrend('checkout_time')], 'checkout_time')).verdict).toBe('pass');
  });

  it('makes no build green where no run has it, and the name that was meant is told', () => {
    const judged = judgeStored(having(candidate, aTrend('checkout_time')), ['checkout_tiem']);
    expect(told(judged)).toEqual({
      verdict: 'inconclusive',
      detail:
        'the metric checkout_tiem, which the configuration lists, could not be judged: no run has it (did you mean checkout_time?)',
      exitCode: 3,
    });
    expect(judged.decided.outcome.conclusion).toBe('failure');
  });

  it.each([
    ['latency', 'no run has it (recorded are cart_time, checkout_time; Counters and Gauges are not recorded)'],
    ['Cart_Time', 'no run has it (did you mean cart_time?)'],
    ['checkout', 'no run has it (did you mean checkout_time?)'],
  ])('tells of %s what there is instead', (metric, why) => {
    const detail = `the metric ${metric}, which the configuration lists, could not be judged: ${why}`;
    expect(told(judgeStored(candidate, [metric]))).toMatchObject({ detail });
  });

  it.each([
    ['the candidate lost it', stored, candidate, 'the baseline has it, the candidate has not'],
    [
      'it is new',
      runs.slice(0, 6),
      having(candidate, aTrend('cart_time')),
      'the candidate has it, the baseline has not',
    ],
    [
      'too few stored runs have it',
      [...stored.slice(0, 2), ...runs.slice(2, 6)],
      having(candidate, aTrend('cart_time')),
      'only 2 of 6 baseline runs have it',
    ],
  ])('makes no build green where %s', (_, window, run, why) => {
    const detail = `the metric cart_time, which the configuration lists, could not be judged: ${why}`;
    expect(told(judgeStored(run, ['cart_time'], window))).toEqual({ verdict: 'inconclusive', detail, exitCode: 0 });
  });

  it.each([
    ['on neither side', [], [], 'not-measured'],
    ['on the candidate alone', [], [aTrend('cart_time')], 'new'],
    ['on the baseline alone', [aTrend('cart_time')], [], 'gone'],
  ] as const)('has a row in a duet where it is %s', (_, before, after, reason) => {
    const judged = judgeDuet(before, after, 'cart_time');
    expect(judged.decided.comparison?.comparisons.filter(({ family }) => family === 'metrics')).toMatchObject([
      { metric: 'cart_time', verdict: 'not-compared', notComparedReason: reason },
    ]);
    expect(told(judged)).toMatchObject({ verdict: 'inconclusive', exitCode: reason === 'not-measured' ? 3 : 0 });
  });

  it('is told with every other one that could not be judged', () => {
    expect(told(judgeStored(candidate, ['cart_time', 'cart_tiem'])).detail).toBe(
      '2 metrics that the configuration lists could not be judged: cart_time, the baseline has it, the candidate has not; cart_tiem, no run has it (did you mean cart_time?)',
    );
  });

  it('is told as well where there is no baseline yet', () => {
    const judged = judgeStored(having(candidate, aTrend('checkout_time')), ['checkout_tiem'], stored.slice(0, 1));
    expect(told(judged).verdict).toBe('no-baseline');
    expect(judged.warnings).toContain(
      'the configuration lists the metric checkout_tiem, and no run has it (did you mean checkout_time?)',
    );
  });

  it('hides no regression, and is told beside it', () => {
    const judged = judgeStored(having(candidate, aTrend('checkout_time', 600)), ['checkout_time', 'cart_tiem']);
    expect(told(judged)).toMatchObject({ verdict: 'fail', exitCode: 1 });
    expect(buildReport(judged).notes).toContain(
      'The metric cart_tiem, which the configuration lists, could not be judged: no run has it (did you mean cart_time?).',
    );
  });

  it('is missing in no job of a matrix as long as one of them measures it', () => {
    const ofJob = (name: string, ...metrics: readonly MetricSeries[]) =>
      history(7, undefined, name).map((run) => ({
        ...having(run, ...metrics),
        id: `${run.id} ${name}`,
        fingerprint: { ...run.fingerprint, hard: { name } },
      }));
    const jobs = [ofJob('api'), ofJob('web', aTrend('cart_time'))] as const;
    const judge = (metric: string) =>
      judgeJobs(
        { ...listing(metric), unchangedJobs: [], repeats: 'auto' },
        {
          jobs: jobs.map((job) => ({
            artifact: job[0]?.fingerprint.hard.name ?? '',
            records: [job[6] as RunRecord],
          })),
          ...{ furtherRuns: [], stored: jobs.flatMap((job) => job.slice(0, 6)), storeLabel: 'dir:runs', warnings: [] },
        },
      );
    expect(told(judge('cart_time')).verdict).toBe('pass');
    expect(told(judge('cart_tiem')).verdict).toBe('inconclusive');
  });
});

describe('a rule for an endpoint that is not there', () => {
  it('is told with the endpoint that was meant', () => {
    const thresholds = someThresholds({ rules: [{ pattern: 'GET /serach', isIgnored: true }] });
    const facts = { record: candidate, stored, validity: valid, warnings: [] };
    expect(judgeRuns({ name: 'shop', failOn, thresholds, mode: 'stored' }, facts).warnings).toContain(
      'the configuration names GET /serach, which is none of the endpoints (did you mean GET /search?)',
    );
  });
});
