import { type Call, pageOf, type Route, refuse } from './route.ts';

export interface ForgePullRequest {
  readonly number: number;
  /** `owner/name` of the repository that the head lies in; null once that was deleted. */
  readonly headRepository: string | null;
  headCommit: string;
  readonly headBranch: string;
  readonly baseBranch: string;
  readonly baseCommit: string;
  state: 'open' | 'closed';
  /** Set when it was merged. */
  mergeCommit?: string;
}

/** The repository's pull requests. */
export class PullRequests {
  readonly all: ForgePullRequest[] = [];

  /** Opens one from a branch of the repository itself. */
  open(number: number, headCommit: string): void {
    this.all.push({
      number,
      headRepository: 'acme/shop',
      headCommit,
      headBranch: 'topic',
      baseBranch: 'main',
      baseCommit: 'b'.repeat(40),
      state: 'open',
    });
  }
}

const read = ['pull-requests: read'] as const;

export const pullRequestRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}',
    permissions: read,
    handle: (call) => {
      const pull = find(call);
      return pull === undefined ? refuse(404, 'Not Found') : { status: 200, body: describe(call, pull) };
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}/files',
    permissions: read,
    handle: async (call) => {
      const pull = find(call);
      if (pull === undefined) return refuse(404, 'Not Found');
      const { git } = call.state;
      const base = await git.must(['merge-base', pull.baseCommit, pull.headCommit]);
      const lines = await git.must(['diff', '--name-status', '-M', '-z', base, pull.headCommit]);
      const files = await Promise.all(
        toFiles(lines.split('\0')).map(async (file) => {
          const range = [base, pull.headCommit, '--', file.filename];
          const patch = /^@@ [\s\S]*/m.exec(await git.must(['diff', '--no-renames', ...range]))?.[0];
          return { ...file, ...(patch !== undefined && { patch }) };
        }),
      );
      return pageOf(files, call, `/repos/${call.state.owner}/${call.state.repo}/pulls/${pull.number}/files`);
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    permissions: read,
    handle: (call) => {
      const sha = call.params['commit_sha'] ?? '';
      const pulls = call.state
        .of(PullRequests)
        .all.filter(({ headCommit, mergeCommit }) => headCommit === sha || mergeCommit === sha)
        .map((pull) => describe(call, pull));
      return pageOf(pulls, call, `/repos/${call.state.owner}/${call.state.repo}/commits/${sha}/pulls`);
    },
  },
];

function find({ state, params }: Call): ForgePullRequest | undefined {
  return state.of(PullRequests).all.find(({ number }) => number === Number(params['pull_number']));
}

function describe({ state }: Call, pull: ForgePullRequest): object {
  return {
    number: pull.number,
    state: pull.state,
    merged: pull.mergeCommit !== undefined,
    merged_at: pull.mergeCommit === undefined ? null : '2026-11-25T10:00:00Z',
    merge_commit_sha: pull.mergeCommit ?? null,
    head: {
      sha: pull.headCommit,
      ref: pull.headBranch,
      repo: pull.headRepository === null ? null : { full_name: pull.headRepository },
    },
    base: { sha: pull.baseCommit, ref: pull.baseBranch, repo: { full_name: `${state.owner}/${state.repo}` } },
    labels: [],
  };
}

interface ForgeFile {
  readonly filename: string;
  readonly [field: string]: unknown;
}

/** `git diff --name-status -z` writes a status, then one path, or two for a move. */
function toFiles(fields: readonly string[]): ForgeFile[] {
  const files: ForgeFile[] = [];
  const words: Readonly<Record<string, string>> = { A: 'added', D: 'removed', M: 'modified', R: 'renamed' };
  for (let i = 0; i + 1 < fields.length; ) {
    const status = words[fields[i]?.[0] ?? ''] ?? 'changed';
    const isMove = status === 'renamed';
    const moved = isMove && { previous_filename: fields[i + 1] };
    files.push({
      status,
      filename: fields[i + (isMove ? 2 : 1)] ?? '',
      ...moved,
      additions: 1,
      deletions: 1,
      changes: 2,
    });
    i += isMove ? 3 : 2;
  }
  return files;
}
