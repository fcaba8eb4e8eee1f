import { RequestError } from '@octokit/request-error';
import * as v from 'valibot';
import { GateError } from '../../errors.ts';
import type { BranchFile, BranchWriter } from '../../ports.ts';
import { ask, type GitHubClient, statusOf } from './github-client.ts';

/**
 * Writes to `branch` through the Git Data API. The ref is moved without force, so whoever was first wins and the other
 * learns of it: GitHub refuses a commit whose parent isn't the tip any more.
 */
export function gitDataBranch(client: GitHubClient, branch: string): BranchWriter {
  /** A redone commit needs no second upload of the same bytes. */
  const blobs = new WeakMap<Uint8Array, string>();
  /** Files whose path was looked for; from then on only a try of our own can have added them. */
  const looked = new WeakSet<BranchFile>();
  return {
    tryAdd: async (file) => {
      try {
        // Before the tip is read: the less happens between reading and moving it, the fewer conflicts there are.
        const blob = blobs.get(file.bytes) ?? (await createBlob(client, file.bytes));
        blobs.set(file.bytes, blob);
        const tip = await readTip(client, branch);
        if (tip !== undefined && !looked.has(file) && (await hasPath(client, tip.commit, file.path))) {
          return 'already-there';
        }
        looked.add(file);
        const tree = await createTree(client, file, blob, tip);
        // A try whose answer was lost may have added it.
        if (tree === tip?.tree) return 'already-there';
        const commit = await createCommit(client, file, tree, tip);
        return await moveBranch(client, branch, commit, tip === undefined);
      } catch (error) {
        if (isConflict(error)) return 'conflict';
        if (isServerTrouble(error)) return 'unanswered';
        // What GitHub claims not to have may be lost as well as late.
        if (isNotThereYet(error) && blobs.delete(file.bytes)) return 'unanswered';
        throw failed(error, branch);
      }
    },
  };
}

interface Tip {
  readonly commit: string;
  readonly tree: string;
}

const named = v.object({ sha: v.string() });

async function readTip(client: GitHubClient, branch: string): Promise<Tip | undefined> {
  try {
    const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}';
    const { object } = await ask(client, route, { ref: `heads/${branch}` }, v.object({ object: named }));
    const commitRoute = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}';
    const { tree } = await ask(client, commitRoute, { commit_sha: object.sha }, v.object({ tree: named }));
    return { commit: object.sha, tree: tree.sha };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Asks for the one path: a listing of the branch grows with every run and is cut at some length. */
async function hasPath(client: GitHubClient, commit: string, path: string): Promise<boolean> {
  try {
    await client.request('GET /repos/{owner}/{repo}/contents/{path}', { path, ref: commit });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** Makes a blob, tree or commit and returns its name. */
async function create(client: GitHubClient, what: 'blobs' | 'trees' | 'commits', parameters: object): Promise<string> {
  const { sha } = await ask(client, `POST /repos/{owner}/{repo}/git/${what}`, { ...parameters }, named);
  return sha;
}

function createBlob(client: GitHubClient, bytes: Uint8Array): Promise<string> {
  return create(client, 'blobs', { content: Buffer.from(bytes).toString('base64'), encoding: 'base64' });
}

function createTree(client: GitHubClient, file: BranchFile, blob: string, tip: Tip | undefined): Promise<string> {
  const tree = [{ path: file.path, mode: '100644', type: 'blob', sha: blob }];
  return create(client, 'trees', { tree, ...(tip !== undefined && { base_tree: tip.tree }) });
}

function createCommit(client: GitHubClient, file: BranchFile, tree: string, tip: Tip | undefined): Promise<string> {
  return create(client, 'commits', { message: file.message, tree, parents: tip === undefined ? [] : [tip.commit] });
}

async function moveBranch(client: GitHubClient, branch: string, sha: string, isNew: boolean): Promise<'added'> {
  if (isNew) await client.request('POST /repos/{owner}/{repo}/git/refs', { ref: `refs/heads/${branch}`, sha });
  else {
    const route = 'PATCH /repos/{owner}/{repo}/git/refs/{ref}';
    await client.request(route, { ref: `heads/${branch}`, sha, force: false });
  }
  return 'added';
}

/** Somebody else moved, made or removed the branch since its tip was read. */
function isConflict(error: unknown): boolean {
  if (!(error instanceof RequestError)) return false;
  if (error.status === 409) return !isProtection(error);
  const isRace = /not a fast.?forward|already exists|reference does not exist|cannot lock ref|expected.*but/i.test(
    error.message,
  );
  return error.status === 422 && isRace;
}

/** The client's own tries are used up, each within seconds; a store has two minutes. A limit that is reached stays so. */
function isServerTrouble(error: unknown): boolean {
  if (!(error instanceof GateError) || error.code !== 'GITHUB_UNREACHABLE') return false;
  const { cause } = error;
  return cause instanceof RequestError && (cause.response === undefined || cause.status >= 500);
}

/** An object that was made a moment ago and that the answering server doesn't know yet. */
function isNotThereYet(error: unknown): boolean {
  if (!(error instanceof RequestError) || isProtection(error)) return false;
  if (error.status === 404) return /\/git\/(?:trees|commits)$/.test(error.request.url);
  return (
    error.status === 422 && /does(?: not|n't) exist|not a valid (?:blob|tree)|is not a commit/i.test(error.message)
  );
}

function isProtection(error: RequestError): boolean {
  return /rule violations|protected|reference update failed|changes must be made through/i.test(error.message);
}

function failed(error: unknown, branch: string): unknown {
  if (!(error instanceof RequestError)) return error;
  const answer = (error.message.split(' - https://')[0] ?? '').replaceAll(/\s+/g, ' ').trim();
  if (isProtection(error)) {
    return new GateError(
      'STORE_PROTECTED',
      `a rule of the repository protects the branch ${branch}: ${answer}`,
      `Exempt ${branch} from the ruleset or branch protection (or let GitHub Actions bypass it), or name another branch in baseline-store.`,
      error,
    );
  }
  const message = `the branch ${branch} could not be written: GitHub answers ${error.status} ${answer}`;
  return new GateError('STORE_WRITE_FAILED', message, 'The verdict itself stands. Run the job again.', error);
}
