import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Forge } from '../forge/forge.ts';
import { type ForgePullRequest, PullRequests } from '../forge/pull-request-routes.ts';
import { payloads } from '../github-events.ts';
import type { ActRun } from './read-act-log.ts';
import { runAct } from './run-act.ts';
import { permissionsOf, readOnly } from './workflow-permissions.ts';

const run = promisify(execFile);

export type Files = Readonly<Record<string, string>>;

interface Happening {
  readonly event: string;
  readonly payload: object;
  readonly ref: string;
  readonly commit: string;
  /** Where the workflow file is read from. */
  readonly workflowAt: string;
  readonly isFork?: boolean;
}

/**
 * A repository on the forge with workflows in it, and what makes them run. Its commits, branches and merges are git's own;
 * its jobs are act's.
 */
export class WorkflowRig {
  readonly forge: Forge;
  readonly folder: string;
  /** `vars.NAME` of the workflows. */
  readonly vars: Record<string, string> = {};
  readonly secrets: Record<string, string> = {};
  #lastRun = 4200;

  private constructor(forge: Forge, folder: string) {
    this.forge = forge;
    this.folder = folder;
  }

  /** Starts a forge whose repository has `files` on its default branch. */
  static async start(files: Files): Promise<WorkflowRig> {
    const forge = await Forge.start();
    const rig = new WorkflowRig(forge, await mkdtemp(join(tmpdir(), 'tailgate-rig-')));
    await rig.#git('clone', '--quiet', forge.state.git.directory, 'clone');
    await rig.commit('main', files);
    return rig;
  }

  async stop(): Promise<void> {
    await this.forge.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Commits `files` on top of `branch`, which starts at the default branch when it is new; resolves to the commit. */
  async commit(branch: string, files: Files): Promise<string> {
    const clone = join(this.folder, 'clone');
    const isKnown = await this.forge.state.git.refSha(`refs/heads/${branch}`);
    await this.#git('-C', clone, 'checkout', '--quiet', ...(isKnown ? [branch] : ['-b', branch]));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(clone, path)), { recursive: true });
      await writeFile(join(clone, path), text);
    }
    await this.#git('-C', clone, 'add', '--all');
    await this.#git('-C', clone, 'commit', '--quiet', '--allow-empty', '--message', 'Change');
    await this.#git('-C', clone, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    const commit = await this.#git('-C', clone, 'rev-parse', 'HEAD');
    if (branch !== 'main') await this.#git('-C', clone, 'checkout', '--quiet', 'main');
    return commit;
  }

  /** Opens a pull request of `branch`, with the merge commit that GitHub makes for it; a fork's when its owner is given. */
  async openPullRequest(number: number, branch: string, fork?: string): Promise<ForgePullRequest> {
    const { git } = this.forge.state;
    const [base, head] = [await this.#tip('main'), await this.#tip(branch)];
    const tree = await git.must(['merge-tree', '--write-tree', base, head]);
    const merge = await git.writeCommit(tree, [base, head], `Merge ${head} into ${base}`);
    await git.must(['update-ref', `refs/pull/${number}/merge`, merge]);
    await git.must(['update-ref', `refs/pull/${number}/head`, head]);
    const headRepository = fork === undefined ? this.forge.repository : `${fork}/shop`;
    const pull: ForgePullRequest = {
      ...{ number, headRepository, headCommit: head, headBranch: branch },
      ...{ baseBranch: 'main', baseCommit: base, state: 'open' as const },
    };
    this.forge.state.of(PullRequests).all.push(pull);
    return pull;
  }

  /** A push to the default branch. */
  async push(workflow: string): Promise<ActRun> {
    const commit = await this.#tip('main');
    const payload = { ...payloads.push, ref: 'refs/heads/main', after: commit, repository: this.#repository };
    return this.#run(workflow, { event: 'push', payload, ref: 'refs/heads/main', commit, workflowAt: commit });
  }

  /** Somebody opens the pull request, pushes to it, or (`labeled`) puts a label on it. */
  async pullRequest(workflow: string, pull: ForgePullRequest, action = 'synchronize', label?: string): Promise<ActRun> {
    const ref = `refs/pull/${pull.number}/merge`;
    const commit = await this.forge.state.git.must(['rev-parse', ref]);
    const payload = {
      ...payloads.pull_request,
      ...{ action, number: pull.number, repository: this.#repository },
      ...(label !== undefined && { label: { name: label } }),
      pull_request: this.#describe(pull),
    };
    const isFork = pull.headRepository !== this.forge.repository;
    return this.#run(workflow, { event: 'pull_request', payload, ref, commit, workflowAt: commit, isFork });
  }

  async dispatch(workflow: string, inputs: Readonly<Record<string, string>> = {}): Promise<ActRun> {
    const commit = await this.#tip('main');
    const ref = 'refs/heads/main';
    const payload = { ...payloads.workflow_dispatch, inputs, ref, repository: this.#repository };
    return this.#run(workflow, { event: 'workflow_dispatch', payload, ref, commit, workflowAt: commit });
  }

  get #repository(): object {
    const [owner, name] = this.forge.repository.split('/');
    return { full_name: this.forge.repository, name, owner: { login: owner }, default_branch: 'main', fork: false };
  }

  #describe(pull: ForgePullRequest): object {
    const repo = { full_name: pull.headRepository, fork: pull.headRepository !== this.forge.repository };
    return {
      ...payloads.pull_request.pull_request,
      number: pull.number,
      state: pull.state,
      head: { sha: pull.headCommit, ref: pull.headBranch, repo },
      base: { sha: pull.baseCommit, ref: pull.baseBranch, repo: this.#repository },
    };
  }

  async #run(workflow: string, happening: Happening): Promise<ActRun> {
    const { event, payload, ref, commit, workflowAt, isFork = false } = happening;
    const { forge } = this;
    const text = await forge.state.git.must(['show', `${workflowAt}:${workflow}`]);
    const granted = permissionsOf(text);
    const token = forge.token(isFork ? readOnly(granted) : granted);
    const env = {
      GITHUB_REPOSITORY: forge.repository,
      GITHUB_SERVER_URL: forge.serverUrl,
      GITHUB_API_URL: forge.apiUrl,
      GITHUB_REF: ref,
      // act's own name for the commit.
      SHA_REF: commit,
      GITHUB_RUN_ID: String(++this.#lastRun),
      GITHUB_WORKFLOW_REF: `${forge.repository}/${workflow}@${ref}`,
      TEST_ARTIFACTS: join(this.folder, 'artifacts'),
    };
    const secrets = { GITHUB_TOKEN: token, ...(!isFork && this.secrets) };
    return runAct({ folder: this.folder, workflow: text, event, payload, env, vars: this.vars, secrets });
  }

  async #tip(branch: string): Promise<string> {
    const commit = await this.forge.state.git.refSha(`refs/heads/${branch}`);
    if (commit === undefined) throw new Error(`no branch ${branch}`);
    return commit;
  }

  async #git(...args: string[]): Promise<string> {
    const person = { GIT_AUTHOR_NAME: 'developer', GIT_AUTHOR_EMAIL: 'developer@example.com' };
    const committer = { GIT_COMMITTER_NAME: 'developer', GIT_COMMITTER_EMAIL: 'developer@example.com' };
    const env = { ...process.env, ...person, ...committer, GIT_CONFIG_GLOBAL: '/dev/null' };
    const { stdout } = await run('git', args, { cwd: this.folder, env });
    return stdout.trim();
  }
}
