import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRunning } from '../../../support/is-running.ts';
import { k6Binary } from '../../../support/k6-binary.ts';
import { k6ProcessesFor } from '../../../support/process-faults.ts';
import { runAction } from '../../../support/run-action.ts';
import { type ScriptedTarget, startScriptedTarget } from '../../../support/scripted-target.ts';
import { type Finished, runNode, type SpawnOptions } from '../../../support/spawn-and-wait.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** Twenty requests a second; one more virtual user sleeps for a minute and says nothing. */
const steady = `import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: {
  steady: { executor: 'constant-arrival-rate', rate: 20, duration: '60s', preAllocatedVUs: 5 },
  sleeper: { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: '60s', exec: 'dream' },
} };
export default function () { http.get(__ENV.BASE_URL + '/items'); }
export function dream() { sleep(50); }`;

/** After its first requests k6 has nothing to say for a minute. */
const silent = `import http from 'k6/http';
import { sleep } from 'k6';
export const options = { vus: 8, duration: '60s' };
export default function () { for (let i = 0; i < 3; i++) http.get(__ENV.BASE_URL + '/items'); sleep(50); }`;

/** A folder to work in, one for temporary files, and two targets. */
interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly temporary: string;
  readonly baseline: ScriptedTarget;
  readonly candidate: ScriptedTarget;
}

async function aPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-processes-'));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  await writeFile(join(folder, '.tailgate.yml'), 'block-length: 1s\n');
  await writeFile(join(folder, 'steady.js'), steady);
  await writeFile(join(folder, 'silent.js'), silent);
  const [baseline, candidate] = await Promise.all([startScriptedTarget(), startScriptedTarget()]);
  const end = async () => {
    await Promise.all([baseline.die(), candidate.die()]);
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, temporary, baseline, candidate, [Symbol.asyncDispose]: end };
}

async function inputs({ baseline, candidate }: Place, script: string): Promise<Record<string, string>> {
  return {
    'baseline-url': baseline.url,
    'target-url': candidate.url,
    script,
    'time-budget': '40s',
    'warm-up': '500ms',
    'k6-path': await k6Binary(),
    'baseline-store': 'dir:baselines',
    'report-dir': 'report',
  };
}

interface Signaled extends Finished {
  readonly k6: readonly number[];
  /** From the signal to the end. */
  readonly lastedMs: number;
}

/** Starts a duet, waits until both sides have had `requests`, and sends `signal` to Tailgate alone. */
async function interrupt<R extends Finished>(
  { folder, temporary, baseline, candidate }: Place,
  signal: NodeJS.Signals,
  requests: number,
  start: (options: SpawnOptions) => Promise<R>,
): Promise<R & Signaled> {
  let k6: number[] = [];
  let sentMs = Number.NaN;
  let told: Promise<void> | undefined;
  const send = async (pid: number) => {
    const count = () => Math.min(baseline.requests.length, candidate.requests.length);
    await expect.poll(count, { timeout: 60_000 }).toBeGreaterThanOrEqual(requests);
    k6 = [...k6ProcessesFor(baseline.url, pid), ...k6ProcessesFor(candidate.url, pid)];
    sentMs = performance.now();
    process.kill(pid, signal);
  };
  const finished = await start({
    cwd: folder,
    env: { TMPDIR: temporary, NO_COLOR: '1' },
    onText: {
      text: 'running both sides',
      call: (pid) => {
        told = send(pid);
      },
    },
  });
  await told;
  return { ...finished, k6, lastedMs: performance.now() - sentMs };
}

const commandLine = (place: Place, script: string) => async (options: SpawnOptions) => {
  const flags = Object.entries(await inputs(place, script)).flatMap(([name, value]) => [`--${name}`, value]);
  return runNode([join(root, 'src/cli.ts'), 'duet', ...flags], options);
};

/** No k6, nobody who waits for one, and no file outside of the report. */
async function expectNothingLeft({ temporary }: Place, { k6 }: Signaled): Promise<void> {
  expect(k6).toHaveLength(2);
  const waiting = () => [...k6.filter(isRunning), ...processesNaming([temporary, ...k6.map(String)])];
  await expect.poll(waiting, { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => readdir(temporary), { timeout: 20_000 }).toEqual([]);
}

function processesNaming(words: readonly string[]): string[] {
  const commandLines = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1')] : [];
    } catch {
      return [];
    }
  });
  return commandLines.filter((line) => line.split('\0').some((word) => words.some((known) => word.startsWith(known))));
}

/** Most of a case is waiting, so the signals are sent at once. */
async function forEachSignal(work: (place: Place, signal: NodeJS.Signals) => Promise<void>): Promise<void> {
  await Promise.all(
    (['SIGINT', 'SIGTERM'] as const).map(async (signal) => {
      await using place = await aPlace();
      await work(place, signal);
    }),
  );
}

describe('tailgate duet', () => {
  it('gives the verdict so far on SIGINT and SIGTERM, and leaves nothing behind', () =>
    forEachSignal(async (place, signal) => {
      const run = await interrupt(place, signal, 70, commandLine(place, 'steady.js'));
      expect(run.stdout).toMatch(/^(PASS|INCONCLUSIVE|FAIL|INVALID): /);
      expect(run.stdout).toMatch(/interrupted after \d+ of 40 pairs/);
      expect(run.stdout).not.toContain('interrupted after 0 of');
      expect(await readdir(join(place.folder, 'report'))).toContain('report.json');
      await expectNothingLeft(place, run);
    }));

  it('takes both k6 and its temporary files along when it is killed, though k6 has nothing to say', async () => {
    await using place = await aPlace();
    const run = await interrupt(place, 'SIGKILL', 24, commandLine(place, 'silent.js'));
    expect(run.code).toBeNull();
    await expectNothingLeft(place, run);
  });
});

describe('the Action', () => {
  it('is gone within 6 s of SIGINT and SIGTERM, and reports and stores nothing', () =>
    forEachSignal(async (place, signal) => {
      const program = join(root, 'src/main.ts');
      const { 'warm-up': warmUp, 'k6-path': k6Path, ...given } = await inputs(place, 'steady.js');
      await writeFile(join(place.folder, '.tailgate.yml'), `warm-up: ${warmUp}\nk6-path: ${k6Path}\n`);
      const run = await interrupt(place, signal, 70, (options) =>
        runAction({ ...options, inputs: given, event: 'pull_request', program }),
      );
      expect(run.code).toBe(130);
      expect(run.lastedMs).toBeLessThan(6_000);
      expect(run).toMatchObject({ outputs: {}, summary: '' });
      expect(await readdir(place.folder)).not.toContain('report');
      expect(await readdir(place.folder)).not.toContain('baselines');
      await expectNothingLeft(place, run);
    }));
});
