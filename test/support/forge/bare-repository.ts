import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  /** Null removes the path. */
  readonly sha: string | null;
}

type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

const identity = {
  GIT_AUTHOR_NAME: 'github-actions[bot]',
  GIT_AUTHOR_EMAIL: '41898282+github-actions[bot]@users.noreply.github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
};

/** A real bare repository, driven by git's plumbing; compare-and-swap is `git update-ref` with the old value. */
export class BareRepository {
  readonly directory: string;
  /** Objects never change, and asking for each one costs a process. */
  readonly #types = new Map<string, ObjectType>();
  readonly #parents = new Map<string, readonly string[]>();

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(directory: string): Promise<BareRepository> {
    await mkdir(directory, { recursive: true });
    const repository = new BareRepository(directory);
    await repository.must(['init', '--quiet', '--bare', '--initial-branch=main', '.']);
    for (const [key, value] of [
      ['gc.auto', '0'],
      ['receive.autogc', 'false'],
      // The disk need not hold it after a power cut.
      ['core.fsync', 'none'],
      ['http.receivepack', 'true'],
      ['uploadpack.allowAnySHA1InWant', 'true'],
    ] as const)
      await repository.must(['config', key, value]);
    return repository;
  }

  run(
    args: readonly string[],
    options: { readonly input?: string | Buffer; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<GitResult> {
    return new Promise((resolve, reject) => {
      const env = { ...process.env, ...identity, GIT_CONFIG_NOSYSTEM: '1', ...options.env };
      const settings = { cwd: this.directory, env, encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 } as const;
      const child = execFile('git', [...args], settings, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ code: Number(error?.code ?? 0), stdout, stderr: stderr.toString('utf8') });
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(options.input ?? '');
    });
  }

  /** The trimmed output; throws when git fails. */
  async must(args: readonly string[], options: Parameters<BareRepository['run']>[1] = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    if (code !== 0) throw new Error(`git ${args.join(' ')} failed (${code}): ${stderr}`);
    return stdout.toString('utf8').trim();
  }

  async typeOf(sha: string): Promise<ObjectType | undefined> {
    if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
    const known = this.#types.get(sha);
    if (known !== undefined) return known;
    const { code, stdout } = await this.run(['cat-file', '-t', sha]);
    if (code !== 0) return undefined;
    const type = stdout.toString('utf8').trim() as ObjectType;
    this.#types.set(sha, type);
    return type;
  }

  async refSha(ref: string): Promise<string | undefined> {
    // Where it usually lies; asking git costs a process.
    const loose = await readFile(join(this.directory, ref), 'utf8').catch(() => '');
    if (/^[0-9a-f]{40}\n$/.test(loose)) return loose.trim();
    const { code, stdout } = await this.run(['rev-parse', '--verify', '--quiet', ref]);
    return code === 0 ? stdout.toString('utf8').trim() : undefined;
  }

  async writeBlob(content: Buffer): Promise<string> {
    return this.#made('blob', await this.must(['hash-object', '-w', '--stdin'], { input: content }));
  }

  #made(type: ObjectType, sha: string): string {
    this.#types.set(sha, type);
    return sha;
  }

  /** A tree of `changes` on top of `base`, written through an index of its own. */
  async writeTree(base: string | undefined, changes: readonly TreeChange[]): Promise<string> {
    const index = join(this.directory, `index-${randomBytes(6).toString('hex')}`);
    const env = { GIT_INDEX_FILE: index };
    try {
      await this.must(base === undefined ? ['read-tree', '--empty'] : ['read-tree', base], { env });
      const lines = changes.map(({ path, mode, sha }) =>
        sha === null ? `0 ${'0'.repeat(40)}\t${path}\n` : `${mode} ${sha}\t${path}\n`,
      );
      await this.must(['update-index', '--index-info'], { env, input: lines.join('') });
      return this.#made('tree', await this.must(['write-tree'], { env }));
    } finally {
      await rm(index, { force: true });
    }
  }

  async writeCommit(tree: string, parents: readonly string[], message: string): Promise<string> {
    const flags = parents.flatMap((parent) => ['-p', parent]);
    const sha = await this.must(['commit-tree', tree, ...flags], { input: message });
    this.#parents.set(sha, parents);
    return this.#made('commit', sha);
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    if (this.#parents.get(descendant)?.includes(ancestor) === true) return true;
    return (await this.run(['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
  }

  /** Moves `ref` from `old` (undefined: it must not exist) to `sha` in one step; false when somebody else was first. */
  async swapRef(ref: string, sha: string, old: string | undefined): Promise<boolean> {
    return (await this.run(['update-ref', ref, sha, old ?? '0'.repeat(40)])).code === 0;
  }
}
