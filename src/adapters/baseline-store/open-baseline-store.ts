import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { GateError } from '../../errors.ts';
import type { BaselineStore, BranchWriter } from '../../ports.ts';
import { branchStore } from './branch-store.ts';
import { type GitRemote, runGit } from './git-command.ts';
import { localDirectoryStore } from './local-directory-store.ts';
import { gitPushBranch } from './push-commit.ts';

/** Where stored runs are kept; a new kind of store is a new member here and a row below. */
export type StoreLocation =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'branch'; readonly name: string };

/** What a store may need to know of where it is opened. */
export interface StoreSurroundings {
  /** Repository of a branch store; the remote `origin` of the working directory unless given. */
  readonly remote?: GitRemote;
  /** Writes to a branch by other means than git. */
  readonly writer?: (branch: string) => BranchWriter;
}

type Opener<Location extends StoreLocation> = (location: Location, surroundings: StoreSurroundings) => BaselineStore;

const stores: { readonly [Kind in StoreLocation['kind']]: Opener<Extract<StoreLocation, { kind: Kind }>> } = {
  directory: ({ path }) => localDirectoryStore(resolve(path), `dir:${path}`),
  branch: ({ name }, { remote, writer }) =>
    branchStore({
      branch: name,
      remote: remote === undefined ? originOfWorkingDirectory : () => Promise.resolve(remote),
      writer: (to) => writer?.(name) ?? gitPushBranch(to, name),
    }),
};

/** The store at `location`; nothing is read or made yet. */
export function openBaselineStore(location: StoreLocation, surroundings: StoreSurroundings = {}): BaselineStore {
  const open = stores[location.kind] as Opener<StoreLocation>;
  return open(location, surroundings);
}

async function originOfWorkingDirectory(): Promise<GitRemote> {
  const { code, stdout, stderr } = await runGit(process.cwd(), ['remote', 'get-url', 'origin']).catch(
    (cause: Error) => ({
      code: 1,
      stdout: Buffer.alloc(0),
      stderr: cause.message,
    }),
  );
  const url = stdout.toString('utf8').trim();
  // Git will run elsewhere, where a path relative to here means nothing.
  if (code === 0) return { url: existsSync(resolve(url)) ? resolve(url) : url };
  throw new GateError(
    'STORE_UNREADABLE',
    `the stored runs are on a branch, but ${JSON.stringify(process.cwd())} has no remote "origin": ${stderr}`,
    'Run in a clone of the repository, or keep the runs in a directory with baseline-store: dir:PATH.',
  );
}
