import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { executableName } from './k6-cache.ts';

export async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first executable called `name` on the PATH of `environment`, as a shell would find it. */
export async function findOnPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  // Windows calls the variable `Path`, and a copy of `process.env` is no longer blind to case.
  const searchPath = environment['PATH'] ?? environment['Path'] ?? '';
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
    const candidate = resolve(join(folder, executableName(name)));
    if (await isExecutableFile(candidate)) return candidate;
  }
  return undefined;
}
