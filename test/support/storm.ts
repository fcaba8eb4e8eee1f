import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { decodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import type { Random } from '../../src/core/stats/random.ts';
import type { Fault, FaultPlan } from './forge/faults.ts';
import type { Forge, Problem } from './forge/forge.ts';
import { runNode } from './spawn-and-wait.ts';

const runFile = promisify(execFile);
const branch = 'tailgate-baselines';
const program = join(import.meta.dirname, 'append-runs.ts');

export interface StormOutcome {
  /** Ids of the stored runs as a separate clone shows them, sorted; one that is there twice is here twice. */
  readonly ids: readonly string[];
  readonly commits: number;
  readonly merges: number;
  /** What `git fsck --strict` says; nothing when all is well. */
  readonly fsck: string;
  /** Writers that didn't end with exit code 0 and nothing on standard error. */
  readonly unwell: readonly string[];
  /** Times that a writer gave up after two minutes, said so, and was run again. */
  readonly givenUp: number;
  readonly problems: readonly Problem[];
  readonly faults: number;
}

/** Ids of the runs that `writers` processes store, `runs` each, sorted. */
export function stormIds(writers: number, runs: number): string[] {
  return Array.from(
    { length: writers * runs },
    (_, i) => `2026-11-25T10:00:00Z-w${Math.floor(i / runs)}-${i % runs}`,
  ).sort();
}

/** Processes that all write to one branch of `forge` at once, looked at afterwards through a clone. */
export async function storm(forge: Forge, writers: number, runs: number): Promise<StormOutcome> {
  let faults = 0;
  const plans = forge.faults.splice(0);
  forge.faults.push((call) => {
    const fault = plans.map((plan) => plan(call)).find((found) => found !== undefined);
    if (fault !== undefined) faults++;
    return fault;
  });
  const env = { ...addressesOf(forge), TEST_TOKEN: forge.token({ contents: 'write' }), TEST_RUN_AGAIN: 'yes' };
  const finished = await Promise.all(
    Array.from({ length: writers }, (_, writer) => runNode([program, String(writer), String(runs)], { env })),
  );
  forge.faults.length = 0;
  const unwell = finished.flatMap(({ code, stderr }, writer) =>
    code === 0 && stderr === '' ? [] : [`writer ${writer}: exit code ${code} ${stderr}`],
  );
  const seen = await lookAt(forge, forge.token({ contents: 'read' }));
  const givenUp = finished.reduce((sum, { stdout }) => sum + (stdout.match(/^gave up/gm)?.length ?? 0), 0);
  return { ...seen, unwell, givenUp, problems: forge.problems, faults };
}

export function addressesOf({ apiUrl, serverUrl, repository }: Forge) {
  return { GITHUB_API_URL: apiUrl, GITHUB_SERVER_URL: serverUrl, GITHUB_REPOSITORY: repository };
}

/** With plain git, in a folder of its own. */
async function lookAt(forge: Forge, token: string): Promise<Pick<StormOutcome, 'ids' | 'commits' | 'merges' | 'fsck'>> {
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-storm-'));
  const git = async (...args: string[]) => (await runFile('git', args, { cwd: folder })).stdout.trim();
  try {
    const url = `${forge.serverUrl.replace('//', `//x-access-token:${token}@`)}/${forge.repository}.git`;
    await git('clone', '--quiet', '--branch', branch, url, '.');
    const files = (await git('ls-files', 'v1')).split('\n').filter(Boolean);
    const ids = await Promise.all(
      files.map(async (file) => {
        const text = gunzipSync(await readFile(join(folder, file))).toString('utf8');
        return decodeRunRecord(text, file).id;
      }),
    );
    return {
      ids: ids.sort(),
      commits: Number(await git('rev-list', '--count', 'HEAD')),
      merges: Number(await git('rev-list', '--count', '--merges', 'HEAD')),
      fsck: await forge.state.git.must(['fsck', '--strict', '--no-dangling']),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a real API says with 422 where another try would go well. */
const passing422: readonly (readonly [method: string, path: RegExp, message: string])[] = [
  ['PATCH', /\/git\/refs\//, 'Update is not a fast forward'],
  ['POST', /\/git\/refs$/, 'Reference already exists'],
  ['POST', /\/git\/trees$/, 'tree.sha is not a valid blob'],
  ['POST', /\/git\/commits$/, 'Tree SHA does not exist'],
];

/** Every tenth call fails in one of the ways that a real API has. */
export function everyTenth(random: Random): FaultPlan {
  const kinds = [
    { kind: 'status', status: 502 },
    { kind: 'reset-before' },
    { kind: 'reset-after' },
    { kind: 'stale-refs', ms: 500 },
    'refusal',
  ] as const satisfies readonly (Fault | 'refusal')[];
  return ({ method, path }) => {
    if (random.next() >= 0.1) return undefined;
    const kind = kinds[Math.floor(random.next() * kinds.length)];
    if (kind !== 'refusal') return kind;
    const message = passing422.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2];
    return message === undefined ? { kind: 'status', status: 503 } : { kind: 'status', status: 422, message };
  };
}
