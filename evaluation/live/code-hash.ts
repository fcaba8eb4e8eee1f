import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * What a live build depends on: what measures, compares and decides, what is measured, and with which load. How a report is
 * worded, drawn or published is left out, so that such a change doesn't cost hours of load.
 */
const sources: readonly string[] = [
  'src/core/sketch',
  'src/core/stats',
  'src/core/run-record',
  'src/core/thresholds',
  'src/core/comparison',
  'src/core/validity',
  'src/core/verdict',
  'src/adapters/k6',
  'src/gate/duet.ts',
  'src/gate/judge.ts',
  'examples/demo-shop',
  'k6-scripts',
  'evaluation/live/live-cases.ts',
  'evaluation/live/duet-process.ts',
];

/** How k6 is come by and how a target is waited for is over before the first request that counts. */
const beforeTheLoad = /^src\/adapters\/k6\/(?:build|download|find|install|readiness|wait|prepare-target)[^/]*$/;

/** Twelve hexadecimal digits for the code under `root` that live builds depend on. */
export function codeHash(root: string): string {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesIn(join(root, source))).sort()) {
    const path = relative(root, file);
    if (beforeTheLoad.test(path)) continue;
    hash.update(path).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

function filesIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
}
