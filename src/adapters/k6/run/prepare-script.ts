import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GateError } from '../../../errors.ts';
import type { NotMeasured } from '../../../ports.ts';
import { type Address, describeAddress, hostForms } from '../../target/target-host.ts';
import { type K6Arguments, parseK6Arguments } from '../binary/k6-arguments.ts';
import type { K6Binary } from '../binary/k6-command.ts';
import { readableMessage } from '../output/k6-log.ts';
import { headerFiles, headerVariable } from '../script/bypass-header.ts';
import { dryRunFiles } from '../script/dry-run-wrapper.ts';
import { hasOwnLoad, inspectScript, type ScriptInspection } from '../script/inspect-script.ts';
import { plannedLoadMs } from '../script/load-model.ts';
import { loadWrapper } from '../script/load-wrapper.ts';
import { mirrorFolder } from '../script/mirror-folder.ts';
import { isTargetCall, judgeCalls, type RecordedCall, type TargetUse } from '../script/recorded-calls.ts';
import { environmentNames, findEnvironmentReads, findLine, withOtherModules } from '../script/script-code.ts';
import { readSources, type SourceFile } from '../script/script-sources.ts';
import type { MeasureOptions } from './measure-options.ts';
import { startK6 } from './run-k6-process.ts';

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
  const path = resolve(options.directory, script);
  const own = await mkdtemp(join(folder, 'entry-'));
  const header = needsHeader ? headerFiles(sources, targetForms(target)) : undefined;
  await Promise.all(Object.entries(header?.files ?? {}).map(([name, text]) => writeFile(join(own, name), text)));
  const changed = header === undefined ? new Map<string, string>() : importingOthers(sources, header.modules, own);
  const place = await mirrorFolder({ real: dirname(path), folder: own, changed });
  const entry = join(place, wrapperName);
  const wrapper = loadWrapper({
    script: changed.size === 0 ? path : join(place, basename(path)),
    ...(header === undefined ? {} : { first: join(own, 'header.js') }),
    ...(options.rate === undefined ? {} : { arrivalRate: { ...options.rate, durationMs: durationMs ?? 0 } }),
  });
  await writeFile(entry, wrapper, { flag: 'wx' });
  const unsent = header?.unsent.map((what) => `\`bypass-header\` isn't sent by ${what}, which ${script} uses`) ?? [];
  return { entry, warnings: unsent };
}

/** Beside links to the user's files, so it must be the name of none. */
const wrapperName = 'tailgate-wrapper.js';

function targetForms(target: Address): { readonly hosts: readonly string[]; readonly names: readonly string[] } {
  const hosts = hostForms(target);
  return { hosts, names: [...new Set(hosts.map((host) => host.replace(/:\d+$/, '')))] };
}

/** The files of a script that import one of `modules`, with the generated one in its place. */
function importingOthers(
  sources: readonly SourceFile[],
  modules: Readonly<Record<string, string>>,
  folder: string,
): ReadonlyMap<string, string> {
  const urls = Object.entries(modules).map(([module, file]) => [module, pathToFileURL(join(folder, file)).href]);
  const texts = sources.map((source) => [source, withOtherModules(source, Object.fromEntries(urls))] as const);
  return new Map(texts.flatMap(([{ path, text }, other]) => (other === text ? [] : [[path, other]])));
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

const dryRunTimeoutMs = 30_000;

/** What is still recorded after the first call to the target; `sleep` can't be stubbed, and nobody should wait for it. */
const graceAfterProofMs = 300;

/** Settings of the user's that would make the dry pass more, or less, than one iteration without outputs. */
const loadSettings =
  /^K6_(VUS|DURATION|ITERATIONS|STAGES|OUT|CONFIG|SUMMARY_\w+|WEB_DASHBOARD\w*|PAUSED|LINGER|LOG_\w+|CONSOLE_OUTPUT|MIN_ITERATION_DURATION|THROW|TRACES_OUTPUT|EXECUTION_SEGMENT\w*|NO_SETUP|NEW_MACHINE_READABLE_SUMMARY|TAGS)$/;

export interface DryRunOptions {
  readonly k6: K6Binary;
  readonly script: string;
  readonly sources: readonly SourceFile[];
  readonly inspection: ScriptInspection;
  readonly user: K6Arguments;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly target: Address;
  readonly signal: AbortSignal;
}

/**
 * Where would the script's requests go? Runs each scenario once with stubs in place of the network (see
 * `dry-run-wrapper.ts`); nothing is sent. `unknown` when the script can't be wrapped, or stops on the stub before it
 * has called the target: then the first measured second has to tell.
 */
export async function dryRun(options: DryRunOptions): Promise<TargetUse> {
  if (options.script.endsWith('.tar')) return { kind: 'unknown', why: 'an archive can not be run dry' };
  if (options.inspection.usesBrowser) return { kind: 'unknown', why: 'a browser can not be run dry' };
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-dry-'));
  try {
    return await runWrapper(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runWrapper(folder: string, options: DryRunOptions): Promise<TargetUse> {
  const marker = `tailgate-dry-${randomUUID()} `;
  const script = resolve(options.directory, options.script);
  const { files, modules, wrapper } = dryRunFiles({ ...options, marker });
  const texts = Object.entries({ ...files, 'config.json': '{}' });
  await Promise.all(texts.map(([name, text]) => writeFile(join(folder, name), text)));
  const changed = importingOthers(options.sources, modules, folder);
  const place = await mirrorFolder({ real: dirname(script), folder, changed });
  const entry = join(place, wrapperName);
  await writeFile(entry, wrapper(folder, changed.size === 0 ? script : join(place, basename(script))), { flag: 'wx' });
  const output = new DryRunOutput(marker, options.directory, (call) => {
    if (isTargetCall(call, options.target)) stopSoon();
  });
  const k6 = await startK6({
    path: options.k6.path,
    args: dryRunArguments(folder, entry, options),
    cwd: options.directory,
    environment: Object.fromEntries(Object.entries(options.environment).filter(([name]) => !loadSettings.test(name))),
    onStdout: () => {},
    onStderr: (chunk) => output.push(chunk),
  });
  const stop = () => k6.stop('SIGKILL');
  let proofTimer: NodeJS.Timeout | undefined;
  const stopSoon = () => {
    proofTimer ??= setTimeout(stop, graceAfterProofMs);
  };
  const timer = setTimeout(stop, dryRunTimeoutMs);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    const end = await k6.ended;
    const isComplete = end.code === 0 && output.completed >= Object.keys(options.inspection.scenarios).length;
    return judgeCalls(output.calls, options.target, isComplete ? undefined : (output.error ?? 'it did not finish'));
  } finally {
    clearTimeout(timer);
    clearTimeout(proofTimer);
    options.signal.removeEventListener('abort', stop);
  }
}

function dryRunArguments(folder: string, entry: string, { k6, user }: DryRunOptions): readonly string[] {
  return [
    'run',
    '--quiet',
    ...(k6.major < 2 ? ['--address', ''] : []),
    '--no-usage-report',
    '--no-thresholds',
    '--no-teardown',
    '--summary-mode',
    'disabled',
    '--log-format',
    'json',
    '--log-output',
    'stderr',
    ...user.inspect,
    // Last, so that it beats the user's: outputs and scenarios in a configuration file are not for this pass.
    '--config',
    join(folder, 'config.json'),
    entry,
  ];
}

/** Picks the recorded calls out of k6's log; the script's own lines are dropped, since they will come again. */
class DryRunOutput {
  readonly calls: RecordedCall[] = [];
  /** Scenarios whose function came to its end. */
  completed = 0;
  error: string | undefined;
  #rest = '';
  readonly #marker: string;
  readonly #directory: string;

  readonly #onCall: (call: RecordedCall) => void;

  constructor(marker: string, directory: string, onCall: (call: RecordedCall) => void) {
    this.#marker = marker;
    this.#directory = directory;
    this.#onCall = onCall;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  #read(line: string): void {
    try {
      const { level, msg, source } = JSON.parse(line) as { level?: string; msg?: string; source?: string };
      if (msg === undefined) return;
      if (msg.startsWith(this.#marker)) this.#record(msg.slice(this.#marker.length));
      else if (level === 'error' && source !== 'console') this.error ??= readableMessage({ msg }, this.#directory);
    } catch {
      // A line that isn't JSON isn't ours.
    }
  }
  #record(text: string): void {
    const call = JSON.parse(text) as RecordedCall | { readonly protocol: 'done' };
    if (call.protocol === 'done') {
      this.completed += 1;
      return;
    }
    this.calls.push(call);
    this.#onCall(call);
  }
}
