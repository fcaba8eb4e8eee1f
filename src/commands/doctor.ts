import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { makeFolder } from '../adapters/files/make-folder.ts';
import { locateK6 } from '../adapters/k6/binary/find-k6.ts';
import { toolCacheDir } from '../adapters/k6/binary/k6-cache.ts';
import { defaultK6Version } from '../adapters/k6/binary/k6-version.ts';
import { GateError } from '../errors.ts';
import { packageRoot } from '../wiring/package-root.ts';

const runFile = promisify(execFile);

/** One thing that was looked at; `remedy` says how to get what is missing. */
interface Finding {
  readonly subject: string;
  readonly state: 'ok' | 'missing' | 'optional';
  readonly found: string;
  readonly remedy?: string;
}

const enoughDiskBytes = 1024 ** 3;
/** Before this the clock must be wrong: certificates and the order of stored runs depend on it. */
const earliestSaneYear = 2026;

/** Says what is found on this machine; exit code 0 when a run could start, 3 otherwise. */
export async function doctor(options: { readonly k6Path?: string }): Promise<number> {
  const findings = [
    await k6Finding(options.k6Path),
    nodeFinding(),
    await toolFinding('git'),
    await toolFinding('go'),
    await diskFinding(),
    clockFinding(),
  ];
  for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
  return findings.some((finding) => finding.state === 'missing') ? 3 : 0;
}

function formatFinding({ subject, state, found, remedy }: Finding): string {
  const mark = { ok: 'ok      ', missing: 'MISSING ', optional: 'optional' }[state];
  const line = `${mark}  ${subject.padEnd(6)}  ${found}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(18)}→ ${remedy}`;
}

/** Looks only; nothing is downloaded or built for a check-up. */
async function k6Finding(k6Path: string | undefined): Promise<Finding> {
  try {
    const k6 = await locateK6({
      k6Path,
      environment: process.env,
      cacheDir: toolCacheDir(process.env),
      packageRoot: packageRoot(),
      log: { info: () => undefined, warn: () => undefined, debug: () => undefined },
    });
    if (k6 !== undefined) return { subject: 'k6', state: 'ok', found: `${k6.version} at ${k6.path} (${k6.source})` };
    const remedy = `The first run fetches k6 ${defaultK6Version}. To use your own: https://grafana.com/docs/k6/latest/set-up/install-k6`;
    return { subject: 'k6', state: 'optional', found: 'none here yet', remedy };
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    return { subject: 'k6', state: 'missing', found: error.message, remedy: error.hint };
  }
}

/** An older Node than the commands need never gets this far. */
function nodeFinding(): Finding {
  return { subject: 'node', state: 'ok', found: process.versions.node };
}

const toolQuestions: Record<'git' | 'go', { readonly args: readonly string[]; readonly remedy: string }> = {
  git: { args: ['--version'], remedy: 'Without git, runs are stored without their commit. https://git-scm.com' },
  go: {
    args: ['version'],
    remedy: 'Needed only where k6 releases can’t be downloaded: k6 is then built. https://go.dev/dl',
  },
};

async function toolFinding(tool: 'git' | 'go'): Promise<Finding> {
  const { args, remedy } = toolQuestions[tool];
  try {
    const { stdout } = await runFile(tool, [...args], { timeout: 10_000 });
    return { subject: tool, state: 'ok', found: stdout.trim() };
  } catch {
    return { subject: tool, state: 'optional', found: 'not found', remedy };
  }
}

async function diskFinding(): Promise<Finding> {
  const directory = toolCacheDir(process.env);
  try {
    await makeFolder(directory);
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    const found = `${(free / 1024 ** 3).toFixed(1)} GiB free at ${directory}`;
    if (free >= enoughDiskBytes) return { subject: 'disk', state: 'ok', found };
    return { subject: 'disk', state: 'missing', found, remedy: 'Free some space: k6 and its build need about 1 GiB.' };
  } catch (error) {
    return {
      subject: 'disk',
      state: 'missing',
      found: `${directory}: ${(error as Error).message}`,
      remedy: 'Set XDG_CACHE_HOME to a folder that this user may write.',
    };
  }
}

function clockFinding(): Finding {
  const now = new Date();
  const found = now.toISOString();
  if (now.getUTCFullYear() >= earliestSaneYear) return { subject: 'clock', state: 'ok', found };
  return { subject: 'clock', state: 'missing', found, remedy: 'Set the clock: stored runs are ordered by it.' };
}
