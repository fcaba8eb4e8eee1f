import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { configError } from '../config/parse-config.ts';
import { chooseExpired } from '../core/baseline/choose-expired.ts';
import { storeLocation } from '../wiring/store-location.ts';

export interface PruneFlags {
  readonly baselineStore: string;
  readonly keepRuns: string;
  readonly keepDays: string;
}

/** Removes runs that no comparison will want any more, and says how many are left. */
export async function pruneBaseline(flags: PruneFlags): Promise<number> {
  const retention = {
    keepRuns: wholeNumber('keep-runs', flags.keepRuns),
    keepDays: wholeNumber('keep-days', flags.keepDays),
  };
  const store = openBaselineStore(storeLocation(flags.baselineStore));
  if (store.prune === undefined) {
    const got = JSON.stringify(flags.baselineStore);
    throw configError([{ where: 'baseline-store', got, expected: 'branch:NAME; in a directory, delete the files' }]);
  }
  const { removed, kept } = await store.prune((records) => chooseExpired(records, Date.now(), retention));
  process.stdout.write(`Removed ${removed.length} stored runs from ${store.label}; ${kept} are left.\n`);
  return 0;
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw configError([
    { where: `--${name}`, got: JSON.stringify(text), expected: 'a whole number from 1', example: '100' },
  ]);
}
