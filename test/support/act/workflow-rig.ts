import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { actBinary } from '../act-binary.ts';
import { Artifacts, type ForgeArtifact } from '../forge/artifact-routes.ts';
import { Forge } from '../forge/forge.ts';
import { type ForgePullRequest, PullRequests } from '../forge/pull-request-routes.ts';
import { Releases } from '../forge/release-routes.ts';
import { payloads } from '../github-events.ts';
import { zipArchive } from '../zip-archive.ts';
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
  /** The commit that GitHub says this run is about. */
  readonly head: string;
  readonly isFork?: boolean;
}

/** What a run of a workflow came to. */
export interface WorkflowRun extends ActRun {
  readonly id: number;
  /** Path of its workflow file. */
  readonly workflow: string;
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

  /** Starts a forge whose repository has `files` on its default branch. Takes minutes where act isn't built yet: ask in a hook. */
  static async start(files: Files): Promise<WorkflowRig> {
    await actBinary();
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
  async push(workflow: string): Promise<WorkflowRun> {
    const commit = await this.#tip('main');
    const payload = { ...payloads.push, ref: 'refs/heads/main', after: commit, repository: this.#repository };
    return this.#run(workflow, { event: 'push', payload, ref: 'refs/heads/main', commit, ...at(commit) });
  }

  /** Somebody opens the pull request, pushes to it, or (`labeled`) puts a label on it. */
  async pullRequest(
    workflow: string,
    pull: ForgePullRequest,
    action = 'synchronize',
    label?: string,
  ): Promise<WorkflowRun> {
    const ref = `refs/pull/${pull.number}/merge`;
    const commit = await this.forge.state.git.must(['rev-parse', ref]);
    const payload = {
      ...payloads.pull_request,
      ...{ action, number: pull.number, repository: this.#repository },
      ...(label !== undefined && { label: { name: label } }),
      pull_request: this.#describe(pull),
    };
    const isFork = pull.headRepository !== this.forge.repository;
    const happening = {
      event: 'pull_request',
      payload,
      ref,
      commit,
      workflowAt: commit,
      head: pull.headCommit,
      isFork,
    };
    return this.#run(workflow, happening);
  }

  /** GitHub starts `workflow` because `upstream`, a run about the pull request, has ended. */
  async workflowRun(workflow: string, pull: ForgePullRequest, upstream: WorkflowRun): Promise<WorkflowRun> {
    const commit = await this.#tip('main');
    const payload = {
      ...payloads.workflow_run,
      repository: this.#repository,
      workflow_run: {
        ...payloads.workflow_run.workflow_run,
        ...{ id: upstream.id, run_attempt: 1, event: 'pull_request', path: upstream.workflow },
        ...{ status: 'completed', conclusion: upstream.code === 0 ? 'success' : 'failure', pull_requests: [] },
        ...{ head_sha: pull.headCommit, head_branch: pull.headBranch, head_repository: this.#headRepository(pull) },
      },
    };
    const ref = 'refs/heads/main';
    return this.#run(workflow, { event: 'workflow_run', payload, ref, commit, ...at(commit) });
  }

  async dispatch(workflow: string, inputs: Readonly<Record<string, string>> = {}): Promise<WorkflowRun> {
    const commit = await this.#tip('main');
    const ref = 'refs/heads/main';
    const payload = { ...payloads.workflow_dispatch, inputs, ref, repository: this.#repository };
    return this.#run(workflow, { event: 'workflow_dispatch', payload, ref, commit, ...at(commit) });
  }

  /** Where the stand-ins for the artifact actions keep files: RUN/NAME/. */
  get artifacts(): string {
    return join(this.folder, 'artifacts');
  }

  /** Somebody publishes a release of the default branch as it is. */
  async publishRelease(tag: string): Promise<void> {
    await this.forge.state.git.must(['update-ref', `refs/tags/${tag}`, await this.#tip('main')]);
    this.forge.state.of(Releases).all.push({ tag });
  }

  /** What GitHub runs because `tag` was released. */
  async release(workflow: string, tag: string): Promise<WorkflowRun> {
    const ref = `refs/tags/${tag}`;
    const commit = await this.forge.state.git.must(['rev-parse', ref]);
    const payload = {
      ...payloads.release,
      release: { ...payloads.release.release, tag_name: tag },
      repository: this.#repository,
    };
    return this.#run(workflow, { event: 'release', payload, ref, commit, ...at(commit) });
  }

  get #repository(): object {
    const [owner, name] = this.forge.repository.split('/');
    return { full_name: this.forge.repository, name, owner: { login: owner }, default_branch: 'main', fork: false };
  }

  #headRepository({ headRepository }: ForgePullRequest): object {
    return { full_name: headRepository, fork: headRepository !== this.forge.repository };
  }

  #describe(pull: ForgePullRequest): object {
    const repo = this.#headRepository(pull);
    return {
      ...payloads.pull_request.pull_request,
      number: pull.number,
      state: pull.state,
      head: { sha: pull.headCommit, ref: pull.headBranch, repo },
      base: { sha: pull.baseCommit, ref: pull.baseBranch, repo: this.#repository },
    };
  }

  async #run(workflow: string, happening: Happening): Promise<WorkflowRun> {
    const { event, payload, ref, commit, workflowAt, head, isFork = false } = happening;
    const { forge } = this;
    const id = ++this.#lastRun;
    const text = await forge.state.git.must(['show', `${workflowAt}:${workflow}`]);
    const granted = permissionsOf(text, event);
    const token = forge.token(isFork ? readOnly(granted) : granted);
    const env = {
      GITHUB_REPOSITORY: forge.repository,
      GITHUB_SERVER_URL: forge.serverUrl,
      GITHUB_API_URL: forge.apiUrl,
      GITHUB_REF: ref,
      // act's own name for the commit.
      SHA_REF: commit,
      GITHUB_RUN_ID: String(id),
      GITHUB_WORKFLOW_REF: `${forge.repository}/${workflow}@${ref}`,
      TEST_ARTIFACTS: this.artifacts,
    };
    const secrets = { GITHUB_TOKEN: token, ...(!isFork && this.secrets) };
    const options = { folder: this.folder, workflow: text, event, payload, env, vars: this.vars, secrets };
    const finished = await runAct(options);
    await this.#keepArtifacts({ runId: id, headCommit: head, isOfFork: isFork });
    return { ...finished, id, workflow };
  }

  /** Somebody changes an artifact of `run` and uploads it once more in its name. */
  async forgeArtifact({ id }: WorkflowRun, name: string, change: (folder: string) => Promise<void>): Promise<void> {
    await change(join(this.artifacts, String(id), name));
    const original = this.forge.state.of(Artifacts).all.find(({ runId }) => runId === id);
    if (original === undefined) throw new Error(`run ${id} uploaded nothing`);
    const { headCommit, isOfFork = false } = original;
    await this.#keepArtifacts({ runId: id, headCommit, isOfFork });
  }

  /** All that runs have uploaded so far, as one text. */
  async uploads(): Promise<string> {
    const files = await readdir(this.artifacts, { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    return (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).join('\n');
  }

  /** Shows the forge what the run uploaded. */
  async #keepArtifacts(run: Pick<ForgeArtifact, 'runId' | 'headCommit' | 'isOfFork'>): Promise<void> {
    const folder = join(this.artifacts, String(run.runId));
    for (const name of await readdir(folder).catch(() => [])) {
      const files = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
      const entries = files
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name))
        .map(async (path) => ({ name: relative(join(folder, name), path), bytes: await readFile(path) }));
      this.forge.state.of(Artifacts).upload({ name, archive: zipArchive(await Promise.all(entries)), ...run });
    }
  }

  /** Paths of the runs that are stored on the branch, as plain git lists them. */
  async storedRuns(): Promise<readonly string[]> {
    const list = await this.forge.state.git.must(['ls-tree', '-r', '--name-only', 'tailgate-baselines']);
    return list.split('\n');
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

/** A run of what lies at `commit`. */
function at(commit: string): Pick<Happening, 'head' | 'workflowAt'> {
  return { head: commit, workflowAt: commit };
}
