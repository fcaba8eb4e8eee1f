import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { GateError } from '../../../errors.ts';
import type { NotMeasured } from '../../../ports.ts';
import { type Address, describeAddress, hostForms } from '../../target/target-host.ts';
import { type K6Arguments, parseK6Arguments } from '../binary/k6-arguments.ts';
import { hasOwnLoad, inspectScript, type ScriptInspection } from '../script/inspect-script.ts';
import { plannedLoadMs } from '../script/load-model.ts';
import { headerVariable, loadWrapperFiles } from '../script/load-wrapper.ts';
import type { TargetUse } from '../script/recorded-calls.ts';
import {
  environmentNames,
  findEnvironmentReads,
  findLine,
  readSources,
  type SourceFile,
} from '../script/script-sources.ts';
import { dryRun } from './dry-run.ts';
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
  const user = withDuration(given, options.durationMs);
  const plain = { k6, script, user, environment, directory, signal };
  const inspected = await inspectScript(plain);
  if (inspected.kind === 'unusable') return unusable(script, inspected.detail);
  if (options.durationMs !== undefined || options.rate !== undefined) {
    await refuseOwnLoad({ ...plain, user: given }, script);
  }
  const { entry, warnings } = await writeEntry(script, sources, inspected.inspection, setting);
  const shaped = options.rate === undefined ? inspected : await inspectScript({ ...plain, user: given, script: entry });
  if (shaped.kind === 'unusable') return unusable(script, shaped.detail);
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
  const names = [...new Set(reads.map((read) => read.name))].join(', ');
  throw new GateError(
    'SCRIPT_READS_REMOVED_VARIABLE',
    `${first.place} reads ${names}, which is kept from scripts because it looks like a secret: ${first.text}`,
    `List ${names} in \`env\`: a line with the name alone passes it through.`,
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

/** The file that k6 runs, and what a wrapper can't do for it. */
async function writeEntry(
  script: string,
  sources: readonly SourceFile[],
  inspection: ScriptInspection,
  { options, target, folder }: ScriptSetting,
): Promise<{ readonly entry: string; readonly warnings: readonly string[] }> {
  const readsHeader = environmentNames(sources).includes(headerVariable);
  const needsHeader = options.bypassHeader !== undefined && !readsHeader;
  if (!needsHeader && options.rate === undefined) return { entry: script, warnings: [] };
  if (script.endsWith('.tar')) {
    return {
      entry: script,
      warnings: [`${script} is an archive: neither \`rate\` nor \`bypass-header\` reach its load`],
    };
  }
  const durationMs = options.durationMs ?? plannedLoadMs(inspection);
  if (options.rate !== undefined && durationMs === undefined) {
    throw new GateError('CONFIG_INVALID', `\`rate\` needs a duration, and "${script}" has none`, 'Set `duration: 1m`.');
  }
  const files = loadWrapperFiles({
    script: resolve(options.directory, script),
    sources,
    headerHosts: needsHeader ? hostForms(target) : [],
    ...(options.rate === undefined ? {} : { arrivalRate: { ...options.rate, durationMs: durationMs ?? 0 } }),
  });
  const own = join(folder, basename(script).replace(/\W/g, '_'));
  await mkdir(own, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(own, name), text)));
  return { entry: join(own, 'wrapper.js'), warnings: [] };
}

function unusable(script: string, detail: string): NotMeasured {
  return {
    kind: 'not-measured',
    reason: 'k6-could-not-run',
    detail: `k6 can't run ${script}: ${detail.startsWith(`${script}: `) ? detail.slice(script.length + 2) : detail}`,
    hint: `Correct the script at the place that k6 names; \`k6 inspect ${script}\` repeats the error without any load.`,
  };
}

/** The script was found, before or at the beginning of the load, to call other hosts only. */
export function targetNotUsed(
  script: string,
  hosts: readonly string[],
  sources: readonly SourceFile[],
  { options, target }: Pick<ScriptSetting, 'options' | 'target'>,
): NotMeasured {
  const variables = options.target.urlVariables ?? [];
  const line = hosts
    .map(
      (host) =>
        findLine(sources, host, options.directory) ?? findLine(sources, host.replace(/:\d+$/, ''), options.directory),
    )
    .find((found) => found !== undefined);
  const variable = `__ENV.${variables[0] ?? 'BASE_URL'}`;
  const readable = environmentNames(sources).filter((name) => /URL|HOST|BASE|API|ENDPOINT|TARGET|SERVER/i.test(name));
  const change = line === undefined ? '' : `${line.place}: \`${line.text}\` should take the address from ${variable}. `;
  const reads = readable.length === 0 ? '' : ` (it reads ${readable.join(', ')})`;
  return {
    kind: 'not-measured',
    reason: 'target-not-used',
    detail: `${relative(options.directory, resolve(options.directory, script))} never calls the target ${describeAddress(target)}: its requests go to ${hosts.slice(0, 5).join(', ')}`,
    hint: `${change}If the script learns the address from another variable${reads}, name that in \`url-variable\`.`,
  };
}
