import type { RunRecord } from '../run-record/run-record.ts';
import { hash } from '../stats/random.ts';

const runExtension = '.json.gz';

/**
 * Where a run lies on the baseline branch: `v1/NAME/YYYY-MM/ID.json.gz`. One file per run and one folder per month keep
 * writers out of each other's way and the folders readable; the same run always has the same path, so storing it again
 * is seen to be just that.
 */
export function runPath(record: RunRecord): string {
  const month = /^\d{4}-\d{2}/.exec(record.startedAt)?.[0] ?? 'undated';
  return `v1/${plainName(record.fingerprint.hard.name ?? 'unnamed')}/${month}/${plainName(record.id)}${runExtension}`;
}

const longestName = 100;

/**
 * `text` as a file name that every file system takes. What had to be changed is told apart by a hash of the original, so
 * that two names never share a file.
 */
function plainName(text: string): string {
  // The colons of a time are the common case and lose nothing.
  const plain = text.replaceAll(/(\d\d):(\d\d)(?::(\d\d))?/g, (_, h, m, s) => [h, m, s].filter(Boolean).join('-'));
  const name = plain
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, longestName);
  return name === plain && name !== '' ? name : `${name}-${hash(text).toString(16).padStart(8, '0')}`;
}
