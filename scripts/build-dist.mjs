// Builds the two bundles that people run: `dist/action.mjs` for GitHub's runner and `dist/cli.mjs` for the command
// line, which loads `dist/commands.mjs` only when a command is really run. `--out DIR` builds elsewhere, for the check
// that the committed `dist/` is current.
import { chmod, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundleSettings, requireBanner } from './bundle-settings.ts';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
const outdir = values.out;

const loadCommandsLazily = {
  name: 'load-commands-lazily',
  setup(build) {
    build.onResolve({ filter: /\/commands\/commands\.ts$/ }, () => ({ path: './commands.mjs', external: true }));
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
    plugins: [loadCommandsLazily],
    banner: { js: `#!/usr/bin/env node\n${requireBanner}` },
  }),
]);
await chmod(`${outdir}/cli.mjs`, 0o755);
