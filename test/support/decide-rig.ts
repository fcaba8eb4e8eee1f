import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBaselineStore } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import { type Measured, writeJobFiles } from '../../src/core/joining/job-files.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { openStore } from '../../src/wiring/open-store.ts';
import { Artifacts } from './forge/artifact-routes.ts';
import { Conversation } from './forge/conversation-routes.ts';
import { Forge } from './forge/forge.ts';
import { PullRequests } from './forge/pull-request-routes.ts';
import type { TokenGrant } from './forge/tokens.ts';
import { recordedLog } from './recorded-log.ts';
import { type ActionRun, runAction } from './run-action.ts';
import { history } from './stored-shop.ts';
import { zipArchive } from './zip-archive.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface DecidingJob {
  readonly event: 'pull_request' | 'workflow_run';
  readonly action?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly permissions?: TokenGrant['permissions'];
  readonly runId?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const pullNumber = 7;
const measuringRun = 900;
const granted = { actions: 'read', contents: 'read', 'pull-requests': 'write', checks: 'write' } as const;

/** A repository on a forge with a pull request and stored runs of `shop`, and jobs that decide with the built Action. */
export class DecidingRig {
  readonly forge: Forge;
  readonly folder: string;
  readonly head: string;
  readonly talk: Conversation;
  readonly #main: string;
  #isFork = false;
  #runs = 1000;

  private constructor(forge: Forge, folder: string, commits: { readonly main: string; readonly head: string }) {
    this.forge = forge;
    this.folder = folder;
    this.head = commits.head;
    this.#main = commits.main;
    this.talk = forge.state.of(Conversation);
    this.talk.permissions.set('maintainer', 'write');
  }

  /** `configuration` is the text of the default branch's `.tailgate.yml`. */
  static async start(configuration?: string): Promise<DecidingRig> {
    const forge = await Forge.start();
    const folder = await mkdtemp(join(tmpdir(), 'tailgate-deciding-'));
    const { git } = forge.state;
    const empty = await git.writeTree(undefined, []);
    const settings = configuration && (await git.writeBlob(Buffer.from(configuration)));
    const tree = settings
      ? await git.writeTree(empty, [{ path: '.tailgate.yml', mode: '100644', sha: settings }])
      : empty;
    const main = await git.writeCommit(tree, [], 'begin');
    const file = await git.writeBlob(Buffer.from('faster'));
    const changed = await git.writeTree(tree, [{ path: 'search.js', mode: '100644', sha: file }]);
    const head = await git.writeCommit(changed, [main], 'search faster');
    await forge.state.swapRef('refs/heads/main', main, undefined);
    return new DecidingRig(forge, folder, { main, head });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forge.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  openPullRequest(from: 'ours' | 'fork' = 'ours'): void {
    this.#isFork = from === 'fork';
    const { all } = this.forge.state.of(PullRequests);
    const headRepository = this.#isFork ? 'stranger/shop' : 'acme/shop';
    const branches = { headBranch: 'topic', baseBranch: 'main', baseCommit: this.#main };
    all.push({ number: pullNumber, headRepository, headCommit: this.head, ...branches, state: 'open' });
  }

  /** Somebody pushes one more commit. */
  async moveHead(): Promise<void> {
    const { git } = this.forge.state;
    const tree = await git.must(['rev-parse', `${this.head}^{tree}`]);
    const commit = await git.writeCommit(tree, [this.head], 'search faster still');
    const [pull] = this.forge.state.of(PullRequests).all;
    if (pull !== undefined) pull.headCommit = commit;
  }

  /** Six unchanged runs for each name, in a folder. */
  async storeRuns(names: readonly string[] = ['shop']): Promise<void> {
    const store = openBaselineStore({ kind: 'directory', path: join(this.folder, 'baselines') });
    for (const name of names) {
      for (const run of runsOf(name).slice(0, 6)) await store.append(run);
    }
  }

  /** The same on a branch of the repository. */
  async storeRunsOnBranch(branch: string): Promise<void> {
    const environment = {
      GITHUB_REPOSITORY: this.forge.repository,
      GITHUB_SERVER_URL: this.forge.serverUrl,
      GITHUB_API_URL: this.forge.apiUrl,
    };
    const token = this.forge.token({ contents: 'write' });
    const store = openStore(
      { baselineStore: { kind: 'branch', name: branch } },
      { environment, token, log: recordedLog() },
    );
    for (const run of runsOf('shop').slice(0, 6)) await store.append(run);
    this.forge.calls.length = 0;
  }

  /** A run of the head, by the job `name`: like the stored ones unless `change` says otherwise. */
  measured(name = 'shop', change: (run: RunRecord) => RunRecord = (run) => run): RunRecord {
    const [run] = runsOf(name).slice(-1) as [RunRecord];
    const startedAt = '2026-11-25T10:00:00.000Z';
    const url = `${this.forge.serverUrl}/acme/shop/actions/runs/${measuringRun}`;
    const provenance = { commit: this.head, workflowRun: { id: String(measuringRun), attempt: 1, url } };
    return change({ ...run, id: `${startedAt}-${name}`, startedAt, provenance });
  }

  /** A measuring job's report folder, as a later job downloads it. */
  async download(name: string, files: Files, place = 'artifacts'): Promise<void> {
    const folder = join(this.folder, place, `tailgate-${name}`);
    await mkdir(folder, { recursive: true });
    for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  }

  /** A measuring job's report folder, as its run keeps it. */
  upload(name: string, files: Files, archive = archiveOf(files)): void {
    const run = { runId: measuringRun, headCommit: this.head, isOfFork: this.#isFork };
    this.forge.state.of(Artifacts).upload({ name: `tailgate-${name}`, archive, ...run });
  }

  /** One job in mode decide. */
  async decide({ event, action, inputs = {}, permissions = granted, runId, env }: DecidingJob): Promise<ActionRun> {
    const payload = join(this.folder, 'event.json');
    await writeFile(payload, JSON.stringify({ ...(action && { action }), ...this.#payload(event) }));
    const run = String(runId ?? ++this.#runs);
    return runAction({
      event: 'pull_request',
      cwd: this.folder,
      inputs: {
        mode: 'decide',
        name: 'shop',
        narrative: 'template',
        'baseline-store': `dir:${this.folder}/baselines`,
        'github-token': this.forge.token(permissions),
        ...inputs,
      },
      env: {
        GITHUB_EVENT_NAME: event,
        GITHUB_EVENT_PATH: payload,
        GITHUB_SHA: event === 'workflow_run' ? this.#main : this.head,
        GITHUB_REF: event === 'workflow_run' ? 'refs/heads/main' : 'refs/pull/7/merge',
        GITHUB_RUN_ID: run,
        GITHUB_REPOSITORY: this.forge.repository,
        GITHUB_API_URL: this.forge.apiUrl,
        GITHUB_SERVER_URL: this.forge.serverUrl,
        ...env,
      },
    });
  }

  /** What the Action wrote on the pull request. */
  ourComments(): string[] {
    return this.talk
      .comments(pullNumber)
      .filter(({ user }) => user.login === 'github-actions[bot]')
      .map(({ body }) => body);
  }

  setLabel(label: string, login = 'maintainer'): void {
    this.talk.setLabel(this.forge.state, pullNumber, login, label);
  }

  say(body: string, login = 'maintainer'): void {
    this.talk.comment(this.forge.state, pullNumber, login, body);
  }

  #payload(event: DecidingJob['event']): object {
    const headRepository = { full_name: this.#isFork ? 'stranger/shop' : 'acme/shop' };
    const repository = { full_name: 'acme/shop', default_branch: 'main' };
    if (event === 'pull_request') {
      const head = { sha: this.head, ref: 'topic', repo: headRepository };
      return { repository, pull_request: { number: pullNumber, head, base: { sha: this.#main, ref: 'main' } } };
    }
    const run = { id: measuringRun, run_attempt: 1, event: 'pull_request', head_sha: this.head, head_branch: 'topic' };
    return { action: 'completed', repository, workflow_run: { ...run, head_repository: headRepository } };
  }
}

/** The files that a job which measured `measured` leaves behind. */
export function reportFolderOf(measured: Measured): Files {
  return writeJobFiles(measured);
}

export function archiveOf(files: Files): Buffer {
  return zipArchive(Object.entries(files).map(([name, content]) => ({ name, bytes: Buffer.from(content) })));
}

/** Seven unchanged runs of the gate `name`; the last is the newest. */
function runsOf(name: string): RunRecord[] {
  return history(7, undefined, `history of ${name}`).map((run) => {
    const { hard, soft } = run.fingerprint;
    return { ...run, id: `${run.id}-${name}`, fingerprint: { soft, hard: { ...hard, name } } };
  });
}
