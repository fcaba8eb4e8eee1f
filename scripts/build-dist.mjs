// Builds the two bundles that people run: `dist/action.mjs` for GitHub's runner and `dist/cli.mjs` for the command
// line, which loads `dist/commands.mjs` only when a command is really run. `--out DIR` builds elsewhere, for the check
// that the committed `dist/` is current.
import { chmod, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
const outdir = values.out;

// Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have.
const requireBanner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const loadCommandsLazily = {
  name: 'load-commands-lazily',
  setup(build) {
    build.onResolve({ filter: /\/commands\/commands\.ts$/ }, () => ({ path: './commands.mjs', external: true }));
  },
};

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node22.12',
  format: 'esm',
  charset: 'utf8',
  legalComments: 'eof',
  logLevel: 'warning',
  banner: { js: requireBanner },
};

await rm(outdir, { recursive: true, force: true });
await Promise.all([
  build({ ...shared, entryPoints: { action: 'src/main.ts' }, outdir, outExtension: { '.js': '.mjs' } }),
  build({ ...shared, entryPoints: { commands: 'src/commands/commands.ts' }, outdir, outExtension: { '.js': '.mjs' } }),
  build({
    ...shared,
    entryPoints: { cli: 'src/cli.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    plugins: [loadCommandsLazily],
    banner: { js: `#!/usr/bin/env node\n${requireBanner}` },
  }),
]);
await chmod(`${outdir}/cli.mjs`, 0o755);
