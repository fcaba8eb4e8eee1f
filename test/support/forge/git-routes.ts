import type { TreeChange } from './bare-repository.ts';
import { type Answer, type Call, type Route, refuse } from './route.ts';

const contentsRead = ['contents: read'] as const;
const contentsWrite = ['contents: write'] as const;
const git = '/repos/{owner}/{repo}/git';

/** The Git Data API on the real repository. */
export const gitRoutes: readonly Route[] = [
  { method: 'GET', path: `${git}/ref/{ref}`, permissions: contentsRead, handle: getRef },
  { method: 'POST', path: `${git}/refs`, permissions: contentsWrite, handle: createRef },
  { method: 'PATCH', path: `${git}/refs/{ref}`, permissions: contentsWrite, handle: updateRef },
  { method: 'POST', path: `${git}/blobs`, permissions: contentsWrite, handle: createBlob },
  { method: 'GET', path: `${git}/blobs/{file_sha}`, permissions: contentsRead, handle: getBlob },
  { method: 'POST', path: `${git}/trees`, permissions: contentsWrite, handle: createTree },
  { method: 'GET', path: `${git}/trees/{tree_sha}`, permissions: contentsRead, handle: getTree },
  { method: 'POST', path: `${git}/commits`, permissions: contentsWrite, handle: createCommit },
  { method: 'GET', path: `${git}/commits/{commit_sha}`, permissions: contentsRead, handle: getCommit },
];

async function getRef({ params, state, apiUrl, staleForMs }: Call): Promise<Answer> {
  const ref = `refs/${params['ref']}`;
  const sha = staleForMs === undefined ? await state.git.refSha(ref) : state.refAsOf(ref, staleForMs);
  return sha === undefined ? refuse(404, 'Not Found') : { status: 200, body: refBody(ref, sha, state, apiUrl) };
}

async function createRef({ body, state, apiUrl }: Call): Promise<Answer> {
  const { ref, sha } = body as { ref: string; sha: string };
  if (!/^refs\/[^/]+\/.+/.test(ref)) return refuse(422, `${ref} is not a valid ref name.`);
  const refusal = state.protectedRefs.get(ref);
  if (refusal !== undefined) return refuse(422, refusal);
  if ((await state.git.typeOf(sha)) === undefined) return refuse(422, 'Object does not exist');
  if (!(await state.swapRef(ref, sha, undefined))) return refuse(422, 'Reference already exists');
  return { status: 201, body: refBody(ref, sha, state, apiUrl) };
}

async function updateRef({ params, body, state, apiUrl }: Call): Promise<Answer> {
  const ref = `refs/${params['ref']}`;
  const { sha, force = false } = body as { sha: string; force?: boolean };
  const refusal = state.protectedRefs.get(ref);
  if (refusal !== undefined) return refuse(422, refusal);
  const old = await state.git.refSha(ref);
  if (old === undefined) return refuse(422, 'Reference does not exist');
  if ((await state.git.typeOf(sha)) === undefined) return refuse(422, 'Object does not exist');
  if (!force && !(await state.git.isAncestor(old, sha))) return refuse(422, 'Update is not a fast forward');
  if (!(await state.swapRef(ref, sha, old))) return refuse(422, 'Update is not a fast forward');
  return { status: 200, body: refBody(ref, sha, state, apiUrl) };
}

function refBody(ref: string, sha: string, { owner, repo }: Call['state'], apiUrl: string): object {
  const url = `${apiUrl}/repos/${owner}/${repo}/git`;
  return {
    ref,
    node_id: Buffer.from(ref).toString('base64'),
    url: `${url}/${ref}`,
    object: { type: 'commit', sha, url: `${url}/commits/${sha}` },
  };
}

async function createBlob({ body, state, apiUrl }: Call): Promise<Answer> {
  const { content, encoding = 'utf-8' } = body as { content: string; encoding?: string };
  if (encoding !== 'utf-8' && encoding !== 'base64') return refuse(422, 'Unsupported encoding');
  const sha = await state.git.writeBlob(Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'));
  return { status: 201, body: { sha, url: urlOf(state, apiUrl, 'blobs', sha) } };
}

async function getBlob({ params, state, apiUrl }: Call): Promise<Answer> {
  const sha = params['file_sha'] ?? '';
  if ((await state.git.typeOf(sha)) !== 'blob') return refuse(404, 'Not Found');
  const { stdout } = await state.git.run(['cat-file', 'blob', sha]);
  const content = stdout.toString('base64').replaceAll(/(.{60})/g, '$1\n');
  const url = urlOf(state, apiUrl, 'blobs', sha);
  return { status: 200, body: { sha, node_id: sha, size: stdout.length, url, content, encoding: 'base64' } };
}

async function createTree(call: Call): Promise<Answer> {
  const { state } = call;
  const { tree, base_tree: base } = call.body as {
    base_tree?: string;
    tree: { path?: string; mode?: string; type?: string; sha?: string | null; content?: string }[];
  };
  if (base !== undefined && !['tree', 'commit'].includes((await state.git.typeOf(base)) ?? '')) {
    return refuse(404, 'Not Found');
  }
  const changes: TreeChange[] = [];
  for (const { path, mode, sha, content } of tree) {
    if (path === undefined || mode === undefined || (sha === undefined && content === undefined)) {
      return refuse(422, 'Must supply tree.path, tree.mode and tree.sha or tree.content');
    }
    if (path.startsWith('/') || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))) {
      return refuse(422, 'tree.path contains a malformed path component');
    }
    const blob = content === undefined ? (sha ?? null) : await state.git.writeBlob(Buffer.from(content));
    if (blob !== null && (await state.git.typeOf(blob)) === undefined)
      return refuse(422, `tree.sha ${blob} is not a valid blob`);
    changes.push({ path, mode, sha: blob });
  }
  const sha = await state.git.writeTree(base, changes);
  return { status: 201, body: await treeBody(call, sha, false) };
}

async function getTree(call: Call): Promise<Answer> {
  const { params, query, state } = call;
  const treeish = params['tree_sha'] ?? '';
  const resolved = await state.git.run(['rev-parse', '--verify', '--quiet', `${treeish}^{tree}`]);
  if (resolved.code !== 0) return refuse(404, 'Not Found');
  return { status: 200, body: await treeBody(call, resolved.stdout.toString().trim(), query.has('recursive')) };
}

async function treeBody({ state, apiUrl }: Call, sha: string, isRecursive: boolean): Promise<object> {
  const listing = await state.git.must(['ls-tree', '-z', '-l', ...(isRecursive ? ['-r', '-t'] : []), sha]);
  const tree = listing
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [meta = '', path = ''] = line.split('\t');
      const [mode = '', type = '', object = '', size = '-'] = meta.split(/\s+/);
      const url = urlOf(state, apiUrl, type === 'tree' ? 'trees' : 'blobs', object);
      return { path, mode, type, sha: object, ...(size !== '-' && { size: Number(size) }), url };
    });
  return { sha, url: urlOf(state, apiUrl, 'trees', sha), tree, truncated: false };
}

async function createCommit(call: Call): Promise<Answer> {
  const { state } = call;
  const { message, tree, parents = [] } = call.body as { message: string; tree: string; parents?: string[] };
  if ((await state.git.typeOf(tree)) !== 'tree') return refuse(422, 'Tree SHA does not exist');
  for (const parent of parents) {
    if ((await state.git.typeOf(parent)) !== 'commit')
      return refuse(422, 'Parent SHA does not exist or is not a commit object');
  }
  const sha = await state.git.writeCommit(tree, parents, message);
  const facts = { sha, tree, parents, message, date: new Date().toISOString() };
  state.of(MadeCommits).facts.set(sha, facts);
  return { status: 201, body: commitBody(call, facts) };
}

/** What is known of commits anyway; asking git costs a process. */
class MadeCommits {
  readonly facts = new Map<string, CommitFacts>();
}

async function getCommit(call: Call): Promise<Answer> {
  const sha = call.params['commit_sha'] ?? '';
  const made = call.state.of(MadeCommits).facts.get(sha);
  if (made !== undefined) return { status: 200, body: commitBody(call, made) };
  if ((await call.state.git.typeOf(sha)) !== 'commit') return refuse(404, 'Not Found');
  const shown = await call.state.git.must(['show', '-s', '--format=%T%n%P%n%cI%n%B', sha]);
  const [tree = '', parents = '', date = '', ...message] = shown.split('\n');
  const facts = { sha, tree, parents: parents.split(' ').filter(Boolean), date, message: message.join('\n').trim() };
  return { status: 200, body: commitBody(call, facts) };
}

interface CommitFacts {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly date: string;
}

function commitBody({ state, apiUrl, token }: Call, { sha, tree, parents, message, date }: CommitFacts): object {
  const url = (kind: string, object: string) => urlOf(state, apiUrl, kind, object);
  const person = { name: token.login, email: 'noreply@github.com', date };
  return {
    sha,
    node_id: sha,
    url: url('commits', sha),
    html_url: `https://github.localhost/${state.owner}/${state.repo}/commit/${sha}`,
    author: person,
    committer: person,
    message,
    tree: { sha: tree, url: url('trees', tree) },
    parents: parents.map((parent) => ({ sha: parent, url: url('commits', parent), html_url: url('commits', parent) })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}

function urlOf({ owner, repo }: Call['state'], apiUrl: string, kind: string, sha: string): string {
  return `${apiUrl}/repos/${owner}/${repo}/git/${kind}/${sha}`;
}
