import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import type { Config } from '../config/config.ts';
import { inputs } from '../config/inputs.ts';
import { formatCount } from '../core/report/format-quantity.ts';
import type { BaselineStore } from '../ports.ts';
import { type PrintedCommand, type PrintedFlag, tailgateCommand } from '../printed-command.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { storeLocation } from '../wiring/open-store.ts';

/** Flags of the commands that look into a store, as commander hands them over. */
export interface StoreFlags {
  readonly baselineStore?: string | undefined;
  readonly config?: string | undefined;
}

/** The store that is meant: by flag, by the configuration file, or the usual one. */
export interface AskedStore {
  readonly store: BaselineStore;
  /** What a command has to carry that means the same store. */
  readonly flags: readonly PrintedFlag[];
}

/** Throws `GateError` CONFIG_INVALID for a flag or a file that says nothing usable. */
export async function askedStore({ baselineStore, config }: StoreFlags): Promise<AskedStore> {
  const given = { 'baseline-store': baselineStore, config };
  const read = await loadConfig({ inputs: given, needs: 'comparison' });
  return {
    store: openBaselineStore(read.baselineStore),
    flags: Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
  };
}

/** Another store than the one that was asked, a sentence that ends with a colon, and the command that asks it. */
export interface RunsElsewhere {
  readonly text: string;
  readonly command: PrintedCommand;
}

/** Where people keep runs and forget that they do: of their file, the usual ones of the command line and of GitHub, the one of the examples. */
async function usualStores(): Promise<Config['baselineStore'][]> {
  const ofFile = await loadConfig({ inputs: {}, needs: 'comparison' }).catch(() => undefined);
  const usual = [inputs['baseline-store'].default ?? '', 'dir:.tailgate', 'branch:tailgate-baselines'];
  return [...(ofFile === undefined ? [] : [ofFile.baselineStore]), ...usual.map((text) => storeLocation(text))];
}

/**
 * Where runs are, as `empty` holds none; undefined where no usual store has one. A store that can't be read is passed
 * over: nobody asked for it.
 *
 * @param command the subcommand to be given again, with its own flags
 */
export async function runsElsewhere(
  empty: BaselineStore,
  { command, flags = [] }: { readonly command: string; readonly flags?: readonly PrintedFlag[] },
): Promise<RunsElsewhere | undefined> {
  for (const location of await usualStores()) {
    const store = openBaselineStore(location);
    if (store.label === empty.label) continue;
    const { records } = await store.list().catch(() => ({ records: [] }));
    if (records.length === 0) continue;
    const asked = [{ name: 'baseline-store', value: store.label }, ...flags];
    const text = `${store.label} holds ${formatCount(records.length, 'run')}:`;
    return { text, command: tailgateCommand(command, asked) };
  }
  return undefined;
}
