import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { bundlePrograms } from '../../evaluation/live/bundle-programs.ts';
import { liveCases, planBuild } from '../../evaluation/live/live-cases.ts';
import { runBuild } from '../../evaluation/live/run-build.ts';

it('makes one whole build: an unchanged shop, judged side by side, does not fail', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-live-build-'));
  const config = join(folder, 'tailgate.yml');
  // An alpha at which hardly an unchanged build in a thousand fails, and blocks short enough for a test.
  await writeFile(config, 'alpha: 0.001\nblock-length: 1s\n');
  const plan = planBuild(liveCases[0] as (typeof liveCases)[0], 'concurrent', 1);
  const root = resolve(import.meta.dirname, '../..');
  await using programs = await bundlePrograms(root);
  const outcome = await runBuild(plan, {
    root,
    program: programs.duet,
    budgetS: 8,
    rate: 20,
    inputs: { config, 'warm-up': '1s' },
  });
  await rm(folder, { recursive: true });
  expect(plan.liveCase.id).toBe('unchanged');
  expect(outcome.verdict).not.toBe('fail');
  expect(outcome.comparisons.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
  expect(outcome.pairsUsed).toBeGreaterThan(0);
  expect(outcome.loadS).toBeLessThan(outcome.wallS);
  expect(outcome.k6CpuS).toBeGreaterThan(0);
});
