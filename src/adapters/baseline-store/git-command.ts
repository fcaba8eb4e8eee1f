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

/** Git in `directory`. Throws only when git can't be started, wrote more than asked for, or took more than two minutes. */
export function runGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitOutcome> {
  const settings = {
    cwd: directory,
    encoding: 'buffer',
    timeout: timeoutMs,
    maxBuffer: options.maxBytes ?? 64 * 1024 * 1024,
    // English messages, because some of them are read; and nobody is there to type a password.
    env: { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', ...options.env },
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
