import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { GateError } from '../../../errors.ts';
import type { NotMeasured } from '../../../ports.ts';
import { type Address, describeAddress, hostForms } from '../../target/target-host.ts';
import { type K6Arguments, parseK6Arguments, refuseRemovedSettings } from '../binary/k6-arguments.ts';
import { addressHint, defaultUrlVariables } from '../script/address-hint.ts';
import { headerFiles, headerVariable } from '../script/bypass-header.ts';
import { explainBrowser, explainUnusable } from '../script/explain-unusable.ts';
import { hasOwnLoad, inspectScript, type ScriptInspection } from '../script/inspect-script.ts';
import { plannedLoadMs } from '../script/load-model.ts';
import { arrivalScenario, loadWrapper } from '../script/load-wrapper.ts';
import { writeWrapper } from '../script/mirror-folder.ts';
import type { TargetUse } from '../script/recorded-calls.ts';
import { environmentNames, findEnvironmentReads } from '../script/script-code.ts';
import { describeReasons } from '../script/script-environment.ts';
import { readSources, type SourceFile } from '../script/script-sources.ts';
import { wrapArchive } from '../script/wrap-archive.ts';
import { dryRun, probeBrowser } from './dry-run.ts';
import type { MeasureOptions } from './measure-options.ts';

/** A script that is known to load and, as far as can be told before, to use the target. */
export interface PreparedScript {
  /** Path as given. */
  readonly script: string;
  readonly sources: readonly SourceFile[];
  readonly inspection: ScriptInspection;
  readonly targetUse: Exclude<TargetUse, { kind: 'elsewhere' }>;
  /** What k6 is given: the script, or a wrapper around it where rate or header ask for one. */
  readonly entry: string;
  readonly user: K6Arguments;
  readonly warnings: readonly string[];
}

export interface ScriptSetting {
  readonly options: MeasureOptions;
  readonly environment: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
  readonly target: Address;
  /** A folder for generated files. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Everything that can be told of a script without load. Throws `GateError` for a script that is missing, reads a variable
 * that was kept from it, or defines the load that `duration` or `rate` would replace.
 */
export async function prepareScript(script: string, setting: ScriptSetting): Promise<PreparedScript | NotMeasured> {
  const { options, environment, target, signal } = setting;
  const { directory, k6 } = options;
  await requireFile(resolve(directory, script), script);
  const sources = await readSources(resolve(directory, script));
  refuseRemovedReads(sources, setting.removed, directory);
  const given = parseK6Arguments(options.k6Args);
  refuseRemovedSettings(given, environment, k6.major);
  const user = withDuration(given, options.durationMs);
  const plain = { k6, script, user, environment, directory, signal };
  const inspected = await inspectScript(plain);
  if (inspected.kind === 'unusable') return explainUnusable({ script, sources, k6, detail: inspected.detail });
  if (options.durationMs !== undefined || options.rate !== undefined) {
    await refuseOwnLoad({ ...plain, user: given }, script);
  }
  const { entry, warnings } = await writeEntry({ script, sources, inspection: inspected.inspection }, setting);
  const shaped = options.rate === undefined ? inspected : await inspectScript({ ...plain, user: given, script: entry });
  if (shaped.kind === 'unusable') return explainUnusable({ script, sources, k6, detail: shaped.detail });
  const broken = inspected.inspection.usesBrowser ? await probeBrowser(setting.folder, plain) : undefined;
  if (broken !== undefined) return explainBrowser(script, broken);
  const use = await dryRun({ ...plain, sources, inspection: inspected.inspection, target });
  if (use.kind === 'elsewhere') return targetNotUsed(script, use.hosts, sources, setting);
  return { script, sources, inspection: shaped.inspection, targetUse: use, entry, user, warnings };
}

async function requireFile(path: string, script: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return;
  throw new GateError(
    'SCRIPT_NOT_FOUND',
    found === undefined ? `there is no script "${script}"` : `script "${script}" is no file`,
    'Give the path of a k6 script relative to the working directory; in a workflow, check the repository out first.',
  );
}

function refuseRemovedReads(sources: readonly SourceFile[], removed: readonly string[], directory: string): void {
  const reads = findEnvironmentReads(sources, removed, directory);
  const [first] = reads;
  if (first === undefined) return;
  const names = [...new Set(reads.map((read) => read.name))];
  throw new GateError(
    'SCRIPT_READS_REMOVED_VARIABLE',
    `${first.place} reads ${names.join(', ')}, which is kept from scripts because ${describeReasons(names)}: ${first.text}`,
    `List ${names.join(', ')} in \`env\`: a line with the name alone passes it through.`,
  );
}

function withDuration(user: K6Arguments, durationMs: number | undefined): K6Arguments {
  if (durationMs === undefined) return user;
  return { ...user, inspectEnvironment: { ...user.inspectEnvironment, K6_DURATION: `${durationMs}ms` } };
}

async function refuseOwnLoad(question: Parameters<typeof hasOwnLoad>[0], script: string): Promise<void> {
  if (!(await hasOwnLoad(question))) return;
  throw new GateError(
    'CONFIG_INVALID',
    `\`duration\` and \`rate\` can't be used with "${script}": it defines scenarios or stages, which k6 would silently replace`,
    'Leave `duration` and `rate` out, or change the load in the script; `time-budget` shortens a run.',
  );
}

/** What a wrapper does besides sending the header and setting the rate. */
export interface FurtherWrapping {
  /** The text of a module that is loaded after that of the header and before the script. */
  readonly module: string;
  /** In place of the script's own scenarios. */
  readonly scenarios?: Readonly<Record<string, object>>;
}

/** The file that k6 runs, and what a wrapper can't do for it. */
export async function writeEntry(
  { script, sources, inspection }: Pick<PreparedScript, 'script' | 'sources' | 'inspection'>,
  { options, target, folder }: ScriptSetting,
  further?: FurtherWrapping,
): Promise<{ readonly entry: string; readonly warnings: readonly string[] }> {
  const readsHeader = environmentNames(sources).includes(headerVariable);
  const needsHeader = options.bypassHeader !== undefined && !readsHeader;
  if (!needsHeader && options.rate === undefined && further === undefined) return { entry: script, warnings: [] };
  const durationMs = options.durationMs ?? plannedLoadMs(inspection);
  if (options.rate !== undefined && durationMs === undefined) {
    throw new GateError('CONFIG_INVALID', `\`rate\` needs a duration, and "${script}" has none`, 'Set `duration: 1m`.');
  }
  const path = resolve(options.directory, script);
  const own = await mkdtemp(join(folder, 'entry-'));
  const header = needsHeader ? headerFiles(sources, targetForms(target)) : undefined;
  const files = { ...header?.files, ...(further && { 'further.js': further.module }) };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(own, name), text)));
  const first = [...(header === undefined ? [] : ['header.js']), ...(further === undefined ? [] : ['further.js'])];
  const arrivalRate = options.rate && { ...options.rate, durationMs: durationMs ?? 0 };
  if (script.endsWith('.tar')) {
    const scenarios = further?.scenarios ?? (arrivalRate && { default: arrivalScenario(arrivalRate) });
    const to = join(own, 'wrapped.tar');
    const isWrapped = await wrapArchive({
      ...{ archive: path, to, modules: files },
      ...(scenarios && { scenarios }),
      text: (loaded, pathOf) => loadWrapper({ script: loaded, modules: first.map(pathOf) }),
    });
    // What imports a module that can't be changed from outside can't be given another one in an archive.
    const unreached = Object.keys(header?.modules ?? {});
    const warnings = isWrapped
      ? unreached.map((module) => `\`bypass-header\` isn't sent by ${module}, which ${script} uses`)
      : [unreadable(script)];
    return { entry: isWrapped ? to : script, warnings };
  }
  const entry = await writeWrapper({
    script: path,
    sources,
    modules: header?.modules ?? {},
    folder: own,
    text: (loaded) =>
      loadWrapper({
        script: loaded,
        modules: first.map((name) => join(own, name)),
        ...(arrivalRate && { arrivalRate }),
        ...(further?.scenarios && { scenarios: further.scenarios }),
      }),
  });
  const unsent = header?.unsent.map((what) => `\`bypass-header\` isn't sent by ${what}, which ${script} uses`) ?? [];
  return { entry, warnings: unsent };
}

function unreadable(script: string): string {
  return `${script} is an archive that can't be read: neither \`rate\` nor \`bypass-header\` reach its load`;
}

function targetForms(target: Address): { readonly hosts: readonly string[]; readonly names: readonly string[] } {
  const hosts = hostForms(target);
  return { hosts, names: [...new Set(hosts.map((host) => host.replace(/:\d+$/, '')))] };
}

/** The script was found, before or at the beginning of the load, to call other hosts only. */
export function targetNotUsed(
  script: string,
  hosts: readonly string[],
  sources: readonly SourceFile[],
  { options, target, environment }: ScriptSetting,
): NotMeasured {
  const shown = relative(options.directory, resolve(options.directory, script));
  return {
    kind: 'not-measured',
    reason: 'target-not-used',
    detail: `${shown} never calls the target ${describeAddress(target)}: its requests go to ${hosts.slice(0, 5).join(', ')}`,
    hint: addressHint({
      hosts,
      sources,
      directory: options.directory,
      environment,
      urlVariables: options.target.urlVariables ?? defaultUrlVariables,
    }),
  };
}
