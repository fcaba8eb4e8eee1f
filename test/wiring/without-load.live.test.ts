import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { endpointSubject } from '../../src/core/run-record/subject.ts';
import { slowed } from '../support/a-steady-run.ts';
import type { ForgePullRequest } from '../support/forge/pull-request-routes.ts';
import { Releases } from '../support/forge/release-routes.ts';
import { type Commit, RepositoryRig } from '../support/repository-rig.ts';
import { history } from '../support/stored-shop.ts';

/** Six runs of the default branch, and as many of later commits as a story takes. */
const runs = history(14).map((run) => named(run));
const dayMs = 86_400_000;
let rig: RepositoryRig;
let base: Commit;

beforeEach(async () => {
  rig = await RepositoryRig.start();
  base = rig.commit({ 'shop.js': 'begin' });
  for (const run of runs.slice(0, 6)) await rig.store().append(of(run, base));
});

afterEach(async () => {
  expect(rig.forge.problems).toEqual([]);
  await rig[Symbol.asyncDispose]();
});

function named(run: RunRecord): RunRecord {
  return { ...run, fingerprint: { ...run.fingerprint, hard: { ...run.fingerprint.hard, name: 'shop' } } };
}

function of(run: RunRecord, { commit, tree }: Commit): RunRecord {
  return { ...run, provenance: { commit, tree } };
}

/** The run with that number, measured so many days after the first of January. */
function later(number: number, factor = 1, day = number): RunRecord {
  const run = runs[number] as RunRecord;
  const startedAt = new Date(Date.UTC(2026, 0, 1 + day)).toISOString();
  return { ...slowed(run, factor, ['GET /search']), startedAt, id: `${startedAt}-${number}` };
}

interface Change {
  readonly pull: ForgePullRequest;
  readonly head: Commit;
}

/** A pull request with one commit, measured as `run` says. */
function change(number: number, run: RunRecord, given: Partial<ForgePullRequest> = {}): Change {
  rig.git('checkout', '--quiet', '-B', 'topic');
  const head = rig.commit({ 'shop.js': `change ${number}` }, `topic-${number}`);
  const pull = rig.openPullRequest(number, head, given);
  rig.upload(of(run, head), head.commit, given.headRepository !== undefined);
  rig.git('checkout', '--quiet', 'main');
  return { pull, head };
}

/** Merged as one commit; `also` is what came to the default branch meanwhile. */
function merge({ pull, head }: Change, also: Readonly<Record<string, string>> = {}): Commit {
  rig.git('checkout', '--quiet', 'main');
  if (Object.keys(also).length > 0) rig.commit(also);
  rig.git('merge', '--quiet', '--squash', head.commit);
  const merged = rig.commit({});
  Object.assign(pull, { state: 'closed', mergeCommit: merged.commit });
  return merged;
}

const main = 'refs/heads/main';

describe('a push of the default branch without a target', () => {
  it('stores what the merged pull request measured, as a run of the merged commit', async () => {
    const run = later(6);
    const merged = merge(change(7, run));
    const job = await rig.pushTo(main, merged);
    expect(job.code, job.stdout).toBe(0);
    expect(job.stdout).toContain('measured as pull request 7');
    const stored = (await rig.stored()).filter(({ provenance }) => provenance.commit === merged.commit);
    expect(stored.map(({ id, provenance }) => [id, provenance.tree, provenance.branch])).toEqual([
      [run.id, merged.tree, 'main'],
    ]);
    await rig.pushTo(main, merged);
    expect(await rig.stored()).toHaveLength(7);
  }, 60_000);

  it('stores of a matrix what each job measured, by one job a job under its name', async () => {
    const { pull, head } = change(7, later(6));
    const jobs = ['catalogue', 'checkout'];
    for (const [i, name] of jobs.entries()) {
      const run = of(later(7 + i), head);
      rig.upload({ ...run, fingerprint: { ...run.fingerprint, hard: { name } } }, head.commit);
    }
    const merged = merge({ pull, head });
    for (const name of jobs) {
      const job = await rig.pushTo(main, merged, { inputs: { name } });
      expect(job.code, job.stdout).toBe(0);
    }
    const stored = (await rig.stored()).filter(({ provenance }) => provenance.commit === merged.commit);
    expect(stored.map(({ id, fingerprint }) => [id, fingerprint.hard.name])).toEqual([
      [later(7).id, 'catalogue'],
      [later(8).id, 'checkout'],
    ]);
  }, 120_000);

  it('stores nothing where the default branch had moved on, whose tree nobody measured', async () => {
    const merged = merge(change(7, later(6)), { 'other.js': 'meanwhile' });
    const job = await rig.pushTo(main, merged);
    expect(job.code, job.stdout).toBe(0);
    expect(job.stdout).toMatch(/::warning::.*measured with the tree [0-9a-f]{7}, this commit has/);
    expect(await rig.stored()).toHaveLength(6);
  }, 60_000);

  it('takes nothing of a fork, and nothing for a commit that was pushed', async () => {
    const merged = merge(change(7, later(6), { headRepository: 'stranger/shop' }));
    expect((await rig.pushTo(main, merged)).stdout).toContain('it came from a fork');
    const pushed = await rig.pushTo(main, rig.commit({ 'shop.js': 'pushed' }));
    expect(pushed.stdout).toContain('no pull request was merged as');
    expect(await rig.stored()).toHaveLength(6);
  }, 60_000);

  it('keeps red runs aside, and begins anew at their level when three agree', async () => {
    for (const number of [6, 7, 8]) {
      const job = await rig.pushTo(main, merge(change(number, later(number, 1.6))));
      expect(job.code, job.stdout).toBe(0);
      expect(job.stdout).toContain('as quarantined');
    }
    const aside = (await rig.stored()).filter(({ quarantined }) => quarantined !== undefined);
    expect(aside).toHaveLength(3);
    const { pull } = change(9, later(9, 1.6));
    const job = await rig.pullRequest(pull, { inputs: { mode: 'decide' } });
    expect(job.outputs, job.stdout).toMatchObject({ verdict: 'pass', 'baseline-runs': '3' });
    expect(job.stdout).toContain('3 red runs in a row agreed');
  }, 120_000);
});

describe('a pull request', () => {
  it('is compared with the runs up to its merge base, and names it', async () => {
    const { pull } = change(7, later(6));
    for (const number of [7, 8, 9]) {
      await rig.store().append(of(later(number, 0.5), rig.commit({ 'shop.js': `faster ${number}` })));
    }
    const job = await rig.pullRequest(pull, { inputs: { mode: 'decide' } });
    expect(job.outputs, job.stdout).toMatchObject({ verdict: 'pass', 'baseline-runs': '6' });
    expect(job.stdout).toContain(`6 runs up to the merge base ${base.commit.slice(0, 7)}`);
  }, 60_000);
});

describe('a tag', () => {
  it('is compared with the last release', async () => {
    rig.git('tag', 'v1.0.0');
    rig.git('push', '--quiet', 'origin', 'v1.0.0');
    rig.forge.state.of(Releases).all.push({ tag: 'v1.0.0' });
    const crept = rig.commit({ 'shop.js': 'a little slower each time' });
    for (const number of [6, 7, 8]) await rig.store().append(of(later(number, 1.5), crept));
    const tagged = rig.commit({ 'shop.js': 'release' });
    rig.upload(of(later(9, 1.6), tagged), tagged.commit);
    const job = await rig.pushTo('refs/tags/v1.1.0', tagged, { inputs: { mode: 'decide' } });
    expect(job.outputs, job.stdout).toMatchObject({ verdict: 'fail', 'baseline-runs': '6' });
    expect(job.stdout).toContain('up to the release v1.0.0');
  }, 60_000);
});

describe('a merge group', () => {
  it('takes over the verdict on an equal tree, red or green, without any load', async () => {
    const fine = change(7, later(6));
    const slow = change(8, later(7, 1.6));
    const green = await rig.mergeGroup(7, base, fine.head);
    expect(green.outputs, green.stdout).toMatchObject({ verdict: 'pass', 'baseline-runs': '6' });
    expect(green.stdout).toContain('nothing was measured anew');
    const red = await rig.mergeGroup(8, base, slow.head);
    expect(red.code).toBe(1);
    expect(red.outputs).toMatchObject({ verdict: 'fail', reason: 'regressed' });
  }, 60_000);

  it('says what it would need where the tree is another one', async () => {
    change(7, later(6));
    const group = rig.commit({ 'shop.js': 'several at once' });
    const job = await rig.mergeGroup(7, base, group);
    expect(job.code).toBe(2);
    expect(job.stdout).toContain('measured with the tree');
    expect(job.stdout).toContain('input target-url');
  }, 60_000);
});

describe('an accepted slowdown', () => {
  const label = 'tailgate-accept';
  const isoDay = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10);
  const until = isoDay(Date.now() + 20 * dayMs);

  function accept(number: number): void {
    const at = new Date(Date.now() - 60_000).toISOString();
    const { forge, talk } = rig;
    talk.comment(forge.state, number, 'maintainer', `tailgate accept: search reads all shops until ${until}`, at);
    talk.setLabel(forge.state, number, 'maintainer', label, at);
  }

  const decide = (pull: ForgePullRequest) => rig.pullRequest(pull, { inputs: { mode: 'decide' } });

  it('is recorded with the merge, shown later, excuses no further one, and ends', async () => {
    const accepted = change(7, later(6, 1.3));
    expect((await decide(accepted.pull)).code).toBe(1);
    accept(7);
    const green = await decide(accepted.pull);
    expect(green.outputs, green.stdout).toMatchObject({ verdict: 'pass', reason: 'accepted' });

    const merged = merge(accepted);
    const push = await rig.pushTo(main, merged);
    expect(push.code, push.stdout).toBe(0);
    const [stored] = (await rig.stored()).filter(({ provenance }) => provenance.commit === merged.commit);
    expect(stored?.quarantined).toBeUndefined();
    expect(stored?.accepted).toMatchObject({
      by: 'maintainer',
      until,
      pullRequest: 7,
      reason: 'search reads all shops',
    });
    expect(stored?.accepted?.figures.map(({ subject }) => subject)).toContainEqual(endpointSubject('GET /search'));

    const same = change(8, later(7, 1.3));
    const excused = await decide(same.pull);
    expect(excused.outputs, excused.stdout).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    const report = await readFile(join(rig.reportFolder, 'report.md'), 'utf8');
    expect(report).toContain(`accepted by maintainer in pull request 7 until ${until}`);

    const further = await decide(change(9, later(8, 1.3 * 1.3)).pull);
    expect(further.outputs, further.stdout).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(further.stdout).toContain('beyond what was accepted');

    const late = later(9, 1.3, Math.ceil((Date.parse(until) + 2 * dayMs - Date.UTC(2026, 0, 1)) / dayMs));
    const over = await decide(change(10, late).pull);
    expect(over.outputs, over.stdout).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(over.stdout).toContain('that is over');
  }, 120_000);

  it('is the new baseline as soon as three runs are at its level', async () => {
    const accepted = change(7, later(6, 1.3));
    accept(7);
    await decide(accepted.pull);
    await rig.pushTo(main, merge(accepted));
    for (const number of [7, 8]) await rig.pushTo(main, merge(change(number + 10, later(number, 1.3))));
    const same = await decide(change(20, later(9, 1.3)).pull);
    expect(same.outputs, same.stdout).toMatchObject({ verdict: 'pass', 'baseline-runs': '3' });
    const further = await decide(change(21, later(10, 1.3 * 1.4)).pull);
    expect(further.outputs, further.stdout).toMatchObject({ verdict: 'fail', reason: 'regressed' });
  }, 180_000);
});
