import { rmSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
let staged: Promise<string> | undefined;

/** A folder with what `uses: tailgate/tailgate` downloads and runs, without the rest of this repository. */
export function stagedAction(): Promise<string> {
  staged ??= stage();
  return staged;
}

async function stage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-staged-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['action.yml', 'package.json', 'dist', 'schemas', 'k6-scripts', 'tools/k6']) {
    await cp(join(root, part), join(folder, part), { recursive: true });
  }
  return folder;
}
