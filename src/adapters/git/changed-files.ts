import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

/** A changed file with its hunks, or why they can't be told, as half a sentence. */
export type CheckoutChanges =
  | { readonly kind: 'found'; readonly files: readonly { readonly path: string; readonly hunks: string }[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** More than anybody reads; what is beyond is cut off. */
const maxBytes = 8_000_000;

/**
 * What the checkout of `directory`, with what isn't committed yet, changes since it left the default branch. Only the
 * files that `choose` picks among the changed ones are read, at most as many as fit on a command line.
 */
export async function changesOfCheckout(
  directory: string,
  choose: (paths: readonly string[]) => readonly string[],
): Promise<CheckoutChanges> {
  try {
    const root = (await git(directory, ['rev-parse', '--show-toplevel'])).trim();
    const branch = await defaultBranch(root);
    if (branch === undefined) return { kind: 'unknown', why: 'the repository has no main or master branch' };
    const base = (await git(root, ['merge-base', 'HEAD', branch])).trim();
    const changed = fieldsOf(await git(root, ['diff', ...plain, '--name-only', '-z', base, '--']));
    const chosen = new Set(choose(changed));
    // git keeps its own order, whatever order it is asked in.
    const paths = changed.filter((path) => chosen.has(path));
    if (paths.length === 0) return { kind: 'found', files: [] };
    const patch = await git(root, ['--literal-pathspecs', 'diff', ...plain, base, '--', ...paths]);
    return { kind: 'found', files: filesOf(patch, paths) };
  } catch {
    return { kind: 'unknown', why: 'git could not compare the checkout with the default branch (a shallow clone?)' };
  }
}

/** One section per file, in plain text, whatever the configuration says; no program of anybody's is run. */
const plain = [
  ...['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--no-relative', '--unified=3'],
  // A changed type would make two sections of one file, an unmerged file none.
  ...['--ignore-submodules=all', '--submodule=short', '--diff-filter=AMD', '--src-prefix=a/', '--dst-prefix=b/'],
];

/** The default branch as the remote has it, or the usual names of one. */
async function defaultBranch(root: string): Promise<string | undefined> {
  const candidates = ['refs/remotes/origin/HEAD', 'refs/remotes/origin/main', 'refs/remotes/origin/master'];
  for (const name of [...candidates, 'refs/heads/main', 'refs/heads/master']) {
    const isThere = await git(root, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]).catch(() => '');
    if (isThere !== '') return name;
  }
  return undefined;
}

/** One section for each of `paths`, in their order; the heading quotes unusual names, so that it only confirms. */
function filesOf(patch: string, paths: readonly string[]): { path: string; hunks: string }[] {
  const sections = patch.split(/^(?=diff --git )/m).filter((section) => section !== '');
  return sections.flatMap((section, i) => {
    const path = paths[i] ?? '';
    const isSame = section.startsWith(`diff --git a/${path} b/`) || section.startsWith('diff --git "');
    const start = section.search(/^@@ /m);
    return isSame ? [{ path, hunks: start < 0 ? '' : section.slice(start) }] : [];
  });
}

function fieldsOf(output: string): string[] {
  return output.split('\0').filter((field) => field !== '');
}

async function git(directory: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await runFile('git', ['-C', directory, ...args], { timeout: 20_000, maxBuffer: maxBytes });
    return stdout;
  } catch (error) {
    const isCutOff = error instanceof Error && 'code' in error && error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
    if (isCutOff && 'stdout' in error && typeof error.stdout === 'string') return error.stdout;
    throw error;
  }
}
