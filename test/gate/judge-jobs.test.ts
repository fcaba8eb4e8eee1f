import { describe, expect, it } from 'vitest';
import { looksAt } from '../../src/core/comparison/paired/duet-plan.ts';
import { followDuet } from '../../src/core/comparison/paired/duet-test.ts';
import { writeJobFiles } from '../../src/core/joining/job-files.ts';
import type { MeasuredJob } from '../../src/core/joining/measured-job.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { renderJson } from '../../src/core/report/render/report-json.ts';
import { renderText } from '../../src/core/report/render/text-report.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { subjectLabel } from '../../src/core/run-record/subject.ts';
import { type Judged, judgePair, judgeRuns } from '../../src/gate/judge.ts';
import { type JobsFacts, type JobsPlan, judgeJobs } from '../../src/gate/judge-jobs.ts';
import { slowed } from '../support/a-steady-run.ts';
import { duetPairs, duetRecords } from '../support/paired-runs.ts';
import { someThresholds } from '../support/some-thresholds.ts';
import { history } from '../support/stored-shop.ts';

const plan: JobsPlan = {
  name: 'shop',
  thresholds: someThresholds(),
  failOn: ['regressed', 'k6-thresholds', 'invalid'],
  unchangedJobs: [],
  repeats: 'auto',
};

const runs = history(10);
const stored = runs.slice(0, 6);
/** Measured after all stored ones. */
const [candidate, second, third, later] = runs.slice(6) as [RunRecord, RunRecord, RunRecord, RunRecord];
const slow = (run: RunRecord, factor = 1.6) => slowed(run, factor, ['GET /search']);

/** Six runs of the job `name` and one more. */
function runsOf(name: string): RunRecord[] {
  return history(7, undefined, name).map((run) => ({
    ...run,
    id: `${run.id} ${name}`,
    fingerprint: { ...run.fingerprint, hard: { name } },
  }));
}

function jobOf(record: RunRecord): MeasuredJob {
  return { artifact: record.fingerprint.hard.name ?? 'shop', records: [record] };
}

function judge(facts: Partial<JobsFacts>, overrides: Partial<JobsPlan> = {}) {
  const none = { jobs: [], furtherRuns: [], stored, storeLabel: 'dir:runs', warnings: [] };
  return judgeJobs({ ...plan, ...overrides }, { ...none, ...facts });
}

const verdictOf = (judged: Judged) => judged.decided.verdict;
const jsonOf = (judged: Judged) => renderJson(buildReport(judged));
const textOf = (judged: Judged) => renderText(buildReport(judged));

describe('judgeJobs, for one job', () => {
  it('judges as the job that measured did, byte for byte', () => {
    for (const record of [candidate, slow(candidate)]) {
      const validity = { kind: 'valid', warnings: [] } as const;
      const shared = { ...plan, mode: 'stored' } as const;
      const there = judgeRuns(shared, { record, stored, storeLabel: 'dir:runs', validity, warnings: [] });
      expect(jsonOf(judge({ jobs: [jobOf(record)] }))).toBe(jsonOf(there));
    }
  });

  it('leaves behind what the measuring job left behind, and nothing of how it was asked to judge', () => {
    const judged = judge({ jobs: [jobOf(candidate)] });
    expect(writeJobFiles(judged)).toEqual(writeJobFiles({ record: candidate }));
    expect(judged.repeats).toBeUndefined();
  });

  it('says the same however many runs were stored since', () => {
    const before = judge({ jobs: [jobOf(slow(candidate))] });
    const after = judge({ jobs: [jobOf(slow(candidate))], stored: [...stored, slow(second), slow(third), later] });
    expect(textOf(after)).toBe(textOf(before));
  });

  it('is invalid when nothing was left behind', () => {
    expect(verdictOf(judge({}))).toMatchObject({ verdict: 'invalid', reason: 'job-missing' });
    expect(verdictOf(judge({}, { jobs: ['shop'] }))).toMatchObject({ verdict: 'invalid', reason: 'job-missing' });
  });

  it('repeats that a suspicion was begun to be settled in vain', () => {
    const job: MeasuredJob = { ...jobOf(slow(candidate)), isUnsettled: true };
    expect(verdictOf(judge({ jobs: [job] }))).toMatchObject({ verdict: 'inconclusive', reason: 'unsettled' });
  });
});

describe('judgeJobs, for a candidate that other machines measured again', () => {
  it('acquits a first run that was only unlucky', () => {
    const furtherRuns = [second, third];
    expect(verdictOf(judge({ jobs: [jobOf(slow(candidate))] })).verdict).toBe('fail');
    expect(verdictOf(judge({ jobs: [jobOf(slow(candidate))], furtherRuns }, { repeats: 'fresh' })).verdict).toBe(
      'pass',
    );
  });

  it('fails what every run shows', () => {
    const furtherRuns = [slow(second), slow(third)];
    const judged = judge({ jobs: [jobOf(slow(candidate))], furtherRuns }, { repeats: 'fresh' });
    expect(verdictOf(judged)).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(judged.repeats).toHaveLength(2);
  });

  it('takes the first of the runs for the candidate where only they are given', () => {
    const judged = judge({ furtherRuns: [slow(third), slow(candidate), slow(second)] }, { repeats: 'fresh' });
    expect(judged.record?.id).toBe(candidate.id);
    expect(judged.repeats).toHaveLength(2);
  });

  it('leaves out a run of another load, a broken one and a copy, and says why', () => {
    const otherLoad = {
      ...second,
      fingerprint: { ...second.fingerprint, hard: { ...second.fingerprint.hard, k6Major: '1' } },
    };
    const broken: RunRecord = { ...third, exit: { ...third.exit, class: 'aborted' } };
    const judged = judge({ jobs: [jobOf(candidate)], furtherRuns: [candidate, later, later, otherLoad, broken] });
    expect(judged.repeats?.map(({ id }) => id)).toEqual([later.id]);
    expect(buildReport(judged).warnings.join()).toMatch(
      /left out: its major version of k6 is 1.*left out: k6 did not finish/s,
    );
  });

  it('believes that runs are fresh only of those that name different machines and deployments', () => {
    const at = (run: RunRecord, place: string): RunRecord => ({
      ...run,
      provenance: { machine: place, deployment: place },
    });
    const judgeAt = (...places: string[]) => {
      const [first, ...others] = [candidate, second, third].map((run, i) => at(slow(run, 1.15), places[i] ?? 'x'));
      const { decided } = judge({ jobs: [jobOf(first as RunRecord)], furtherRuns: others });
      const row = decided.comparison?.comparisons.find(
        ({ subject, metric }) => subjectLabel(subject) === 'GET /search' && metric === 'p95',
      );
      const [low, high] = row?.relativeChange?.interval ?? [0, 0];
      return high - low;
    };
    expect(judgeAt('a', 'b', 'c')).toBeLessThan(judgeAt('a', 'b', 'b'));
  });
});

describe('judgeJobs, for a matrix', () => {
  const jobs = ['checkout', 'search', 'mail', 'login', 'stock', 'admin'];
  const measured = Object.fromEntries(jobs.map((name) => [name, runsOf(name)]));
  const storedOf = (names: readonly string[]) => names.flatMap((name) => measured[name]?.slice(0, 6) ?? []);
  const jobNamed = (name: string, factor = 1) => jobOf(slow(measured[name]?.[6] as RunRecord, factor));
  const all = (factors: Readonly<Record<string, number>> = {}) => ({
    stored: storedOf(jobs),
    jobs: jobs.map((name) => jobNamed(name, factors[name])),
  });
  const matrix = { jobs };

  it('fails for one job of six, under its name, and shows what each came to', () => {
    const judged = judge(all({ mail: 2 }), matrix);
    expect(verdictOf(judged)).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(buildReport(judged).headline).toContain('mail / GET /search');
    expect(textOf(judged)).toMatch(/checkout: pass.*mail: fail/s);
  });

  it('says of which job all endpoints got slower together, and never counts them as one more endpoint', () => {
    const two = ['checkout', 'mail'];
    const ofMail = slowed(measured['mail']?.[6] as RunRecord, 1.6);
    const judged = judge({ stored: storedOf(two), jobs: [jobNamed('checkout'), jobOf(ofMail)] }, { jobs: two });
    expect(verdictOf(judged)).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    const { headline, counts, details } = buildReport(judged);
    // Both jobs ask the same eight endpoints.
    expect(headline).toMatch(
      /^all endpoints of mail together got slower \(p95 \+\d\d %\); 8 of 16 endpoints got worse, most of all mail \/ /,
    );
    expect(headline).not.toContain('(all endpoints)');
    expect(counts).toMatch(/^16 endpoints: 8 worse, /);
    expect(details.find(({ id }) => id === 'endpoints')?.count).toBe(16);
  });

  it('needs six times the evidence for a job of six: one alpha for all of them', () => {
    const factors = Array.from({ length: 40 }, (_, i) => 1 + i / 50);
    const least = (fails: (factor: number) => boolean) => factors.find(fails) ?? Number.POSITIVE_INFINITY;
    const failsAlone = (factor: number, thresholds = plan.thresholds) =>
      verdictOf(judge({ stored: storedOf(['mail']), jobs: [jobNamed('mail', factor)] }, { thresholds })).verdict ===
      'fail';
    const among = least((factor) => verdictOf(judge(all({ mail: factor }), matrix)).verdict === 'fail');
    expect(least((factor) => failsAlone(factor))).toBeLessThan(among);
    expect(least((factor) => failsAlone(factor, someThresholds({ alpha: 0.05 / 6 })))).toBe(among);
  });

  it('is invalid when a job is missing, though the others pass, and even where another fails', () => {
    const {
      stored: runsOfAll,
      jobs: [, ...others],
    } = all({ mail: 2 });
    const judged = judge({ stored: runsOfAll, jobs: others }, matrix);
    expect(verdictOf(judged)).toMatchObject({
      verdict: 'invalid',
      reason: 'job-missing',
      detail: expect.stringContaining('checkout'),
    });
    expect(textOf(judged)).toMatch(/checkout: missing/);
  });

  it('fails for a job that got worse where the policy lets a missing one through', () => {
    const {
      stored: runsOfAll,
      jobs: [, ...others],
    } = all({ mail: 2 });
    const judged = judge({ stored: runsOfAll, jobs: others }, { ...matrix, failOn: ['regressed'] });
    expect(verdictOf(judged)).toMatchObject({ verdict: 'fail', reason: 'regressed' });
  });

  it('passes with what is unchanged shown as not run, also when that is all', () => {
    const {
      stored: runsOfAll,
      jobs: [checkout],
    } = all();
    const unchangedJobs = jobs.slice(1);
    const some = judge({ stored: runsOfAll, jobs: [checkout as MeasuredJob] }, { jobs: ['checkout'], unchangedJobs });
    expect(verdictOf(some).verdict).toBe('pass');
    expect(textOf(some)).toContain('search: not run, unchanged.');
    const none = judge({}, { jobs: [], unchangedJobs: jobs });
    expect(verdictOf(none).verdict).toBe('pass');
    expect(verdictOf(none)).toMatchObject({ detail: expect.stringContaining('nothing was measured') });
  });

  it('warns where nobody said which jobs there should be', () => {
    expect(buildReport(judge(all())).warnings.join()).toContain('one that is missing would go unnoticed');
  });

  it('says of a job without a baseline what that one lacks', () => {
    const others = jobs.filter((name) => name !== 'mail');
    const judged = judge({ ...all(), stored: storedOf(others) }, matrix);
    expect(verdictOf(judged)).toMatchObject({ verdict: 'no-baseline', detail: expect.stringContaining('mail') });
    expect(buildReport(judged).nextSteps.join()).toContain('3 more runs');
  });
});

describe('judgeJobs, for a duet', () => {
  const world = { endpoints: 4, requestsPerBlock: 60, seed: 'publish' };
  const duetOf = (pairs: number, factor: number) => {
    const measured = duetPairs({ ...world, pairs, slowdown: (endpoint) => (endpoint === 1 ? factor : 1) });
    const { baseline, candidate: judged } = duetRecords(measured);
    return { pairs: measured, baseline, candidate: judged };
  };
  const setup = {
    order: 'concurrent',
    placement: 'one-host',
    plannedPairs: 36,
    looks: looksAt(36),
    seed: 'a duet',
  } as const;
  /** As the measuring job follows it: ends as soon as it is sure. */
  function measure(factor: number, fixed: { readonly looks: readonly number[]; readonly seed: string } = setup) {
    const whole = duetOf(setup.plannedPairs, factor);
    const { plannedPairs, order, placement } = setup;
    const paired = { order, placement };
    const { looks, seed } = fixed;
    const followed = followDuet({
      ...{ ...paired, looks, seed, thresholds: plan.thresholds, isClosedModel: false, equalCodeDuets: [] },
    });
    let taken = 0;
    while (taken < plannedPairs) if (followed.look(whole.pairs.slice(0, ++taken)).decision === 'stop') break;
    followed.conclude();
    const { baseline, candidate: record } = duetRecords(whole.pairs.slice(0, taken));
    const there = judgePair(plan, {
      baseline,
      candidate: record,
      targetWasReady: true,
      followed: followed.result(),
      paired,
      fixed,
    });
    const job: MeasuredJob = { artifact: 'shop', records: [record], duet: { baseline, ...setup, ...fixed } };
    return { there, job, taken };
  }

  it.each([1, 1.3, 2])('says of a slowdown by %d what the measuring job said', (factor) => {
    const { there, job } = measure(factor);
    const here = judge({ jobs: [job], stored: [] });
    expect(verdictOf(here)).toEqual(there.decided.verdict);
    expect(here.decided.comparison?.comparisons).toEqual(there.decided.comparison?.comparisons);
  });

  it('looks where the measuring job looked and draws the signs that it drew, whatever it would plan itself', () => {
    const { there, job, taken } = measure(2, { looks: [7, 11, 36], seed: 'another draw' });
    expect(taken).toBe(11);
    const here = judge({ jobs: [job], stored: [] });
    expect(verdictOf(here)).toEqual(there.decided.verdict);
    expect(here.decided.comparison).toEqual(there.decided.comparison);
    expect(here.duet).toEqual({ ...job.duet, end: { reason: 'regressed', pairs: 11 } });
    const pValues = (duet: Partial<typeof setup>) =>
      judge({
        jobs: [{ ...job, duet: { ...(job.duet as NonNullable<typeof job.duet>), ...duet } }],
        stored: [],
      }).decided.comparison?.comparisons.map(({ adjustedPValue }) => adjustedPValue);
    expect(pValues({ looks: setup.looks })).not.toEqual(pValues({}));
    expect(pValues({ seed: setup.seed })).not.toEqual(pValues({}));
  });

  it('leaves behind what was fixed even where the two sides are not fit to be compared', () => {
    const { job } = measure(1);
    const duet = job.duet as NonNullable<MeasuredJob['duet']>;
    const exit = { ...duet.baseline.exit, class: 'aborted' } as const;
    const unfit = { ...duet, baseline: { ...duet.baseline, exit } };
    const judged = judge({ jobs: [{ ...job, duet: unfit }], stored: [] });
    expect(verdictOf(judged).verdict).toBe('invalid');
    expect(judged.duet).toEqual(unfit);
  });

  it('says of a job that ended when it was sure by itself that among many it isn’t', () => {
    const { there, job, taken } = measure(1.3);
    expect(there.decided.verdict.verdict).toBe('fail');
    expect(taken).toBeLessThan(setup.plannedPairs);
    const jobs = ['shop', ...Array.from({ length: 19 }, (_, i) => `job ${i}`)];
    const others = jobs.slice(1).map(runsOf);
    const judged = judge(
      {
        jobs: [job, ...others.map((runs) => jobOf(runs[6] as RunRecord))],
        stored: others.flatMap((runs) => runs.slice(0, 6)),
      },
      { jobs },
    );
    expect(verdictOf(judged)).toMatchObject({ verdict: 'inconclusive', reason: 'unsettled' });
  });
});
