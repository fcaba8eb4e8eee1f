import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import type { BaselineStore } from '../../src/ports.ts';
import { openStore } from '../../src/wiring/open-store.ts';
import { archiveOf, reportFolderOf } from './decide-rig.ts';
import { Artifacts } from './forge/artifact-routes.ts';
import { Conversation } from './forge/conversation-routes.ts';
import { Forge, type ForgeOptions } from './forge/forge.ts';
import { type ForgePullRequest, PullRequests } from './forge/pull-request-routes.ts';
import { recordedLog } from './recorded-log.ts';
import { type ActionRun, runAction } from './run-action.ts';

export interface Commit {
  readonly commit: string;
  readonly tree: string;
}

export interface Job {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const repository = { full_name: 'acme/shop', default_branch: 'main' };
const program = resolve(import.meta.dirname, '../../src/main.ts');
const branch = 'tailgate-baselines';

/** A repository on a forge, a checkout of it, and jobs that run the Action's sources in the checkout. */
export class RepositoryRig implements AsyncDisposable {
  readonly forge: Forge;
  readonly folder = mkdtempSync(join(tmpdir(), 'tailgate-repository-'));
  #runs = 2000;

  private constructor(forge: Forge) {
    this.forge = forge;
    this.talk.permissions.set('maintainer', 'write');
    this.git('init', '--quiet', '--initial-branch=main', '.');
    this.git('remote', 'add', 'origin', forge.state.git.directory);
  }

  static async start(options: ForgeOptions = {}): Promise<RepositoryRig> {
    return new RepositoryRig(await Forge.start(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forge.stop();
    for (const folder of [this.folder, this.reportFolder]) rmSync(folder, { recursive: true, force: true });
  }

  /** Beside the checkout, whose tree it must not change. */
  get reportFolder(): string {
    return `${this.folder}-report`;
  }

  get talk(): Conversation {
    return this.forge.state.of(Conversation);
  }

  git(...args: string[]): string {
    const person = ['-c', 'user.name=someone', '-c', 'user.email=someone@example.org'];
    return execFileSync('git', ['-C', this.folder, ...person, ...args], { encoding: 'utf8' }).trim();
  }

  /** A commit on what is checked out, which stays checked out and is pushed to `to`. */
  commit(files: Readonly<Record<string, string>>, to = 'main'): Commit {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', `change ${Object.keys(files).join(', ')}`);
    this.git('push', '--quiet', 'origin', `HEAD:refs/heads/${to}`);
    return this.checkedOut();
  }

  checkedOut(): Commit {
    return { commit: this.git('rev-parse', 'HEAD'), tree: this.git('rev-parse', 'HEAD^{tree}') };
  }

  /** The branch that runs are stored on, as the Action opens it. */
  store(): BaselineStore {
    const { serverUrl, apiUrl } = this.forge;
    return openStore(
      { baselineStore: { kind: 'branch', name: branch } },
      {
        environment: { GITHUB_REPOSITORY: 'acme/shop', GITHUB_SERVER_URL: serverUrl, GITHUB_API_URL: apiUrl },
        token: this.forge.token({ contents: 'write' }),
        log: recordedLog(),
      },
    );
  }

  async stored(): Promise<readonly RunRecord[]> {
    return (await this.store().list()).records;
  }

  openPullRequest(number: number, { commit }: Commit, given: Partial<ForgePullRequest> = {}): ForgePullRequest {
    const pull: ForgePullRequest = {
      ...{ number, headRepository: 'acme/shop', headCommit: commit, headBranch: 'topic', baseBranch: 'main' },
      baseCommit: this.git('rev-parse', 'origin/main'),
      state: 'open',
      ...given,
    };
    this.forge.state.of(PullRequests).all.push(pull);
    return pull;
  }

  /** What the job that measured `record` uploaded. */
  upload(record: RunRecord, headCommit: string, isOfFork = false): void {
    const archive = archiveOf(reportFolderOf({ record }));
    const name = `tailgate-${record.fingerprint.hard.name ?? 'shop'}`;
    this.forge.state.of(Artifacts).upload({ name, archive, runId: 900, headCommit, isOfFork });
  }

  pushTo(ref: string, { commit }: Commit, job: Job = {}): Promise<ActionRun> {
    return this.#job('push', { ref, repository }, { GITHUB_REF: ref, GITHUB_SHA: commit }, job);
  }

  pullRequest({ number, headCommit, baseCommit, headRepository }: ForgePullRequest, job: Job = {}): Promise<ActionRun> {
    const head = { sha: headCommit, ref: 'topic', repo: { full_name: headRepository } };
    const payload = { repository, pull_request: { number, head, base: { sha: baseCommit, ref: 'main' } } };
    return this.#job('pull_request', payload, { GITHUB_REF: `refs/pull/${number}/merge` }, job);
  }

  mergeGroup(number: number, base: Commit, { commit, tree }: Commit, job: Job = {}): Promise<ActionRun> {
    const head_ref = `refs/heads/gh-readonly-queue/main/pr-${number}-${base.commit}`;
    const group = { head_sha: commit, head_ref, base_sha: base.commit, base_ref: 'refs/heads/main' };
    const payload = { repository, merge_group: { ...group, head_commit: { id: commit, tree_id: tree } } };
    return this.#job('merge_group', payload, { GITHUB_REF: head_ref, GITHUB_SHA: commit }, job);
  }

  #job(event: string, payload: object, place: Readonly<Record<string, string>>, job: Job): Promise<ActionRun> {
    const permissions = { actions: 'read', contents: 'write', 'pull-requests': 'write', checks: 'write' } as const;
    return runAction({
      event: 'push',
      program,
      payload,
      cwd: this.folder,
      inputs: {
        name: 'shop',
        narrative: 'template',
        'baseline-store': `branch:${branch}`,
        'report-dir': this.reportFolder,
        'github-token': this.forge.token(permissions),
        ...job.inputs,
      },
      env: {
        GITHUB_EVENT_NAME: event,
        GITHUB_RUN_ID: String(++this.#runs),
        GITHUB_REPOSITORY: this.forge.repository,
        GITHUB_API_URL: this.forge.apiUrl,
        GITHUB_SERVER_URL: this.forge.serverUrl,
        ...place,
        ...job.env,
      },
    });
  }
}
