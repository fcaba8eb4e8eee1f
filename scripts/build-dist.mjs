// Builds the two bundles that people run: `dist/action.mjs` for GitHub's runner and `dist/cli.mjs` for the command
// line, which loads `dist/program.mjs` where Node is new enough and `dist/commands.mjs` only when a command is really run. `--out DIR` builds elsewhere, for the check
// that the committed `dist/` is current.
import { chmod, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundleSettings } from './bundle-settings.ts';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
const outdir = values.out;

const loadLazily = {
  name: 'load-lazily',
  setup(build) {
    build.onResolve({ filter: /\/(program|commands)\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.mjs`, external: true } : undefined,
    );
  },
};

await rm(outdir, { recursive: true, force: true });
await Promise.all([
  build({ ...bundleSettings, entryPoints: { action: 'src/main.ts' }, outdir }),
  build({ ...bundleSettings, entryPoints: { commands: 'src/commands/commands.ts' }, outdir }),
  build({
    ...bundleSettings,
    entryPoints: { cli: 'src/cli.ts' },
    outdir,
    plugins: [loadLazily],
    // Read by every Node that starts an ES module, so that an old one can say that it is too old.
    target: 'node12.22',
    banner: { js: '#!/usr/bin/env node' },
  }),
  build({
    ...bundleSettings,
    entryPoints: { program: 'src/commands/program.ts' },
    outdir,
    plugins: [loadLazily],
  }),
]);
await chmod(`${outdir}/cli.mjs`, 0o755);
