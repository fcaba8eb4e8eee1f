import { type Answer, type Call, type Route, refuse } from './route.ts';

const repo = '/repos/{owner}/{repo}';

/** Commits and how they hang together. */
export const historyRoutes: readonly Route[] = [
  { method: 'GET', path: `${repo}/compare/{basehead}`, permissions: ['contents: read'], handle: compare },
  { method: 'GET', path: `${repo}/commits`, permissions: ['contents: read'], handle: listCommits },
];

async function compare(call: Call): Promise<Answer> {
  const { params, state } = call;
  const [base = '', head = ''] = (params['basehead'] ?? '').split('...');
  const baseSha = await resolveCommit(call, base);
  const headSha = await resolveCommit(call, head);
  if (baseSha === undefined || headSha === undefined) return refuse(404, 'Not Found');
  const found = await state.git.run(['merge-base', baseSha, headSha]);
  if (found.code !== 0) return refuse(404, `No common ancestor between ${base} and ${head}.`);
  const mergeBase = found.stdout.toString().trim();
  const count = async (range: string) => Number(await state.git.must(['rev-list', '--count', range]));
  const [ahead, behind] = [await count(`${mergeBase}..${headSha}`), await count(`${mergeBase}..${baseSha}`)];
  const status = ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical';
  const url = `${call.apiUrl}/repos/${state.owner}/${state.repo}/compare/${params['basehead']}`;
  const links = { html_url: url, permalink_url: url, diff_url: url, patch_url: url };
  const [base_commit, merge_base_commit] = [await commitItem(call, baseSha), await commitItem(call, mergeBase)];
  const counts = { ahead_by: ahead, behind_by: behind, total_commits: ahead };
  return {
    status: 200,
    body: { url, ...links, status, ...counts, base_commit, merge_base_commit, commits: [], files: [] },
  };
}

async function listCommits(call: Call): Promise<Answer> {
  const start = await resolveCommit(call, call.query.get('sha') ?? 'main');
  if (start === undefined) return refuse(404, 'Not Found');
  const size = Math.min(Number(call.query.get('per_page') ?? 30), 100);
  const skip = (Number(call.query.get('page') ?? 1) - 1) * size;
  const list = await call.state.git.must(['rev-list', `--max-count=${size}`, `--skip=${skip}`, start]);
  return {
    status: 200,
    body: await Promise.all(
      list
        .split('\n')
        .filter(Boolean)
        .map((sha) => commitItem(call, sha)),
    ),
  };
}

/** A name may be a SHA, a branch, or `owner:branch` of a fork. */
async function resolveCommit({ state }: Call, name: string): Promise<string | undefined> {
  const { code, stdout } = await state.git.run([
    'rev-parse',
    '--verify',
    '--quiet',
    `${name.replace(/^[^:]*:/, '')}^{commit}`,
  ]);
  return code === 0 ? stdout.toString().trim() : undefined;
}

async function commitItem({ state, apiUrl }: Call, sha: string): Promise<object> {
  const shown = await state.git.must(['show', '-s', '--format=%T%n%P%n%aI%n%an%n%ae%n%B', sha]);
  const [tree = '', parents = '', date = '', name = '', email = '', ...message] = shown.split('\n');
  const url = `${apiUrl}/repos/${state.owner}/${state.repo}`;
  const person = { name, email, date };
  return {
    sha,
    node_id: sha,
    url: `${url}/commits/${sha}`,
    html_url: `${url}/commit/${sha}`,
    comments_url: `${url}/commits/${sha}/comments`,
    author: null,
    committer: null,
    commit: {
      url: `${url}/git/commits/${sha}`,
      author: person,
      committer: person,
      message: message.join('\n').trim(),
      comment_count: 0,
      tree: { sha: tree, url: `${url}/git/trees/${tree}` },
    },
    parents: parents
      .split(' ')
      .filter(Boolean)
      .map((parent) => ({ sha: parent, url: `${url}/commits/${parent}` })),
  };
}
