import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds `tools/`: one above `dist/` when bundled, two above this file in the sources. */
export function packageRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'tools', 'k6')) && dirname(directory) !== directory)
    directory = dirname(directory);
  return directory;
}
