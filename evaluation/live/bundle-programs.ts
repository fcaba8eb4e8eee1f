import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleSettings } from '../../scripts/bundle-settings.ts';

interface Programs extends AsyncDisposable {
  readonly duet: string;
  readonly load: string;
}

/**
 * The programs that measure, bundled as the gate is published: reading TypeScript at each start would count as processor
 * time that no user pays.
 */
export async function bundlePrograms(root: string): Promise<Programs> {
  const parent = join(root, 'tmp');
  await mkdir(parent, { recursive: true });
  // Inside the repository, from whose root the gate finds how to build k6.
  const outdir = await mkdtemp(join(parent, 'evaluation-live-'));
  await build({
    ...bundleSettings,
    entryPoints: { duet: 'evaluation/live/duet-process.ts', load: 'evaluation/live/load-process.ts' },
    absWorkingDir: root,
    outdir,
  });
  return {
    duet: join(outdir, 'duet.mjs'),
    load: join(outdir, 'load.mjs'),
    [Symbol.asyncDispose]: () => rm(outdir, { recursive: true, force: true }),
  };
}
