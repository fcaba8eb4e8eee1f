// Fails unless the committed `dist/` is what `npm run build` makes of today's sources.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rebuilt = mkdtempSync(join(tmpdir(), 'tailgate-dist-'));
try {
  execFileSync(process.execPath, ['scripts/build-dist.mjs', '--out', rebuilt], { stdio: 'inherit' });
  const names = new Set([...readdirSync('dist'), ...readdirSync(rebuilt)]);
  const stale = [...names].filter((name) => read(join('dist', name)) !== read(join(rebuilt, name)));
  if (stale.length > 0) {
    console.error(`dist is not current (${stale.join(', ')}): run "npm run build" and commit the result`);
    process.exitCode = 1;
  }
} finally {
  rmSync(rebuilt, { recursive: true, force: true });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
