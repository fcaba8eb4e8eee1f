import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Finished rows on disk, so that a broken-off evaluation goes on where it was. Any change of code or data empties it. */
export interface RowCache {
  read(method: string, row: string): unknown;
  write(method: string, row: string, result: unknown): void;
}

/** A cache for exactly this code (`sources`), this data and this scale, kept out of the repository. */
export function openRowCache(root: string, sources: readonly string[], data: string, scale: number): RowCache {
  const hash = createHash('sha256').update(String(scale));
  for (const folder of [...sources, data]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort(byPath)) {
      if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
    }
  }
  const folder = join(root, 'node_modules', '.cache', 'tailgate-evaluation', hash.digest('hex').slice(0, 16));
  const fileOf = (method: string, row: string) => join(folder, `${method}-${row}.json`);
  return {
    read(method, row) {
      try {
        return JSON.parse(readFileSync(fileOf(method, row), 'utf8'));
      } catch {
        return undefined;
      }
    },
    write(method, row, result) {
      mkdirSync(folder, { recursive: true });
      const file = fileOf(method, row);
      writeFileSync(`${file}.part`, JSON.stringify(result));
      renameSync(`${file}.part`, file);
    },
  };
}

function byPath(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  const [first, second] = [join(a.parentPath, a.name), join(b.parentPath, b.name)];
  return first < second ? -1 : first > second ? 1 : 0;
}
