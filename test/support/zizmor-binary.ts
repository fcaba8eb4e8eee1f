import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  executableName,
  findOnPath,
  installAtomically,
  isExecutableFile,
  k6Platform,
  toolCacheDir,
} from '../../src/adapters/k6/binary/k6-cache.ts';

/** The version that `tools/zizmor` pins. */
const version = '1.32.0';

const run = promisify(execFile);
const requirements = resolve(import.meta.dirname, '../../tools/zizmor/requirements.txt');

/** The path of a zizmor: on first use pip unpacks it from its wheel, afterwards it is in the user's cache. */
export async function zizmorBinary(): Promise<string> {
  const file = executableName('zizmor');
  const target = join(toolCacheDir(process.env), 'zizmor', version, k6Platform(), file);
  if (await isExecutableFile(target)) return target;
  const python = (await findOnPath('python3', process.env)) ?? (await findOnPath('python', process.env));
  if (python === undefined) throw new Error('zizmor is installed with pip, and there is no python3 on PATH');
  await installAtomically(target, async (workDir) => {
    const flags = ['--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:', '--target', workDir];
    await run(python, ['-m', 'pip', 'install', ...flags, '--requirement', requirements]);
    return join(workDir, 'bin', file);
  });
  return target;
}
