import type { BuildOptions } from 'esbuild';

// Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have.
const requireBanner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** How the programs that people run are bundled. */
export const bundleSettings = {
  bundle: true,
  platform: 'node',
  target: 'node22.12',
  format: 'esm',
  charset: 'utf8',
  legalComments: 'eof',
  logLevel: 'warning',
  banner: { js: requireBanner },
  outExtension: { '.js': '.mjs' },
} as const satisfies BuildOptions;
