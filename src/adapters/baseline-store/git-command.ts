import { execFile } from 'node:child_process';

/** Where the branch with the stored runs is fetched from and pushed to. */
export interface GitRemote {
  /** Anything that git takes: an address or a path. */
  readonly url: string;
  /** Sent as GitHub's and GitLab's servers expect it, in a header; absent: git's own credential helpers. */
  readonly token?: string;
}

export interface GitOutcome {
  /** Git's exit code. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Longest output; 64 MB unless given. */
  readonly maxBytes?: number;
}

const timeoutMs = 120_000;

const noRepository = { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined, GIT_PREFIX: undefined };

/** Git in `directory`. Throws only when git can't be started, wrote more than asked for, or took more than two minutes. */
export function runGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitOutcome> {
  const settings = {
    cwd: directory,
    encoding: 'buffer',
    timeout: timeoutMs,
    maxBuffer: options.maxBytes ?? 64 * 1024 * 1024,
    // English messages, because some of them are read; and nobody is there to type a password. Within a hook of git,
    // its own variables would point every command at the user's repository.
    env: { ...process.env, ...noRepository, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', ...options.env },
  } as const;
  return new Promise((resolve, reject) => {
    const child = execFile('git', [...args], settings, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr: stderr.toString('utf8').trim() });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** The token as configuration in the environment: in the arguments every process of the machine could read it. */
export function authentication({ token }: GitRemote): Record<string, string> {
  if (token === undefined) return {};
  const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  };
}

/** Whether git failed for a reason that may be gone in a moment: the server's own trouble, or the network's. */
export function isPassingTrouble(said: string): boolean {
  return /RPC failed|returned error: (?:5\d\d|429)|HTTP (?:5\d\d|429)|connection (?:was )?(?:reset|refused|timed out)|timed out|early EOF|unexpected disconnect|hung up unexpectedly|could not resolve host|empty reply from server|recv failure|send failure|couldn't connect|failed to connect/i.test(
    said,
  );
}
