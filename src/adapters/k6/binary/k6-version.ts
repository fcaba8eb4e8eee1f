import { execFile } from 'node:child_process';

/** k6 versions are exact here: a range would let a new k6 release change the measurements of an unchanged service. */
export interface K6Version {
  /** Without `v`: `2.2.0`, or `2.0.0-rc1`. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** The newest version that this project's tests have measured with. */
export const defaultK6Version = '2.2.0';

const exactVersion = /^v?((\d+)\.(\d+)\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?)$/;

/** Reads `2.2.0` or `v2.2.0`; `undefined` for anything else (`latest`, `2`, `^2.0`). */
export function parseK6Version(text: string): K6Version | undefined {
  const [, version, major, minor] = exactVersion.exec(text.trim()) ?? [];
  if (version === undefined) return undefined;
  return { text: version, major: Number(major), minor: Number(minor) };
}

/**
 * Reads what `k6 version` prints: `k6 v2.2.0 (commit/…, go1.26.1, linux/amd64)`, then a list of extensions if there
 * are any. The first word is the name of the file that was called, so it proves nothing; the Go version in the bracket
 * is what tells k6 from another program that prints a version.
 */
export function parseVersionOutput(output: string): K6Version | undefined {
  for (const line of output.split(/\r?\n/)) {
    const version = /\s(v\d\S*) \(.*\bgo\d[^)]*\)/.exec(line)?.[1];
    if (version !== undefined) return parseK6Version(version);
  }
  return undefined;
}

/** Whether the gate knows this version's outputs and exit codes: 1.8 and later. */
export function isSupported(version: K6Version): boolean {
  return version.major > 1 || (version.major === 1 && version.minor >= 8);
}

export type AskedVersion =
  | { readonly kind: 'k6'; readonly version: K6Version }
  /** `detail`: one line saying what it did instead of answering. */
  | { readonly kind: 'not-k6'; readonly detail: string };

/** Runs `path version`. A file that can't be started, or answers with something else, is a value. */
export async function askVersion(path: string, environment: NodeJS.ProcessEnv): Promise<AskedVersion> {
  return new Promise((resolve) => {
    const options = { env: environment, timeout: 20_000, maxBuffer: 1 << 20, windowsHide: true } as const;
    execFile(path, ['version'], options, (error, stdout, stderr) => {
      const version = parseVersionOutput(stdout);
      if (error === null && version !== undefined) return resolve({ kind: 'k6', version });
      resolve({ kind: 'not-k6', detail: describeAnswer(error, `${stdout}\n${stderr}`) });
    });
  });
}

function describeAnswer(error: (Error & { code?: unknown; killed?: boolean }) | null, output: string): string {
  const firstLine = output.split('\n').find((line) => line.trim() !== '');
  const printed =
    firstLine === undefined ? 'it printed nothing' : `it printed ${JSON.stringify(firstLine.slice(0, 120))}`;
  if (error === null) return `\`k6 version\` was asked, and ${printed}`;
  if (error.killed === true) return '`k6 version` gave no answer within 20 s';
  if (typeof error.code === 'string') return `it can't be started (${error.code})`;
  return `\`k6 version\` ended with exit code ${String(error.code)}, and ${printed}`;
}
