import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { branchStore } from '../src/adapters/baseline-store/branch-store.ts';
import { gitPushBranch } from '../src/adapters/baseline-store/push-commit.ts';
import { runPath } from '../src/core/baseline/run-path.ts';
import { decodeRunRecord } from '../src/core/run-record/run-record-codec.ts';
import { aMeasuredRun } from './support/a-measured-run.ts';

const branch = 'tailgate-baselines';
const document = readFileSync(resolve(import.meta.dirname, '../docs/baseline-store.md'), 'utf8');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailgate-offline-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shell = (command: string) =>
  execFileSync('bash', ['-c', command], { cwd: join(folder, 'clone'), encoding: 'utf8' });

describe('docs/baseline-store.md', () => {
  it('reads stored runs with the commands of plain git that it shows, the network gone', async () => {
    const url = join(folder, 'origin.git');
    execFileSync('git', ['init', '--quiet', '--bare', url]);
    const run = aMeasuredRun();
    await branchStore({
      branch,
      remote: () => Promise.resolve({ url }),
      writer: (to) => gitPushBranch(to, branch),
    }).append(run);
    execFileSync('git', ['clone', '--quiet', url, join(folder, 'clone')], { stdio: 'ignore' });

    const [fetch = '', list = '', show = '', log = ''] = [...document.matchAll(/^git \S.*$/gm)].map(([line]) => line);
    shell(fetch);
    rmSync(url, { recursive: true });
    expect(shell(list).trim()).toBe(runPath(run));
    const shown = show.replace(/FETCH_HEAD:\S+/, `FETCH_HEAD:${runPath(run)}`);
    expect(shown).not.toBe(show);
    expect(decodeRunRecord(shell(shown), 'shown').id).toBe(run.id);
    expect(shell(log)).toContain(`Add run ${run.id}`);
  });
});
