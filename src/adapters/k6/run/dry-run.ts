import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Address } from '../../target/target-host.ts';
import type { K6Arguments } from '../binary/k6-arguments.ts';
import type { K6Binary } from '../binary/k6-command.ts';
import { readableMessage } from '../output/k6-log.ts';
import { browserProbe, dryRunFiles } from '../script/dry-run-wrapper.ts';
import type { ScriptInspection } from '../script/inspect-script.ts';
import { writeWrapper } from '../script/mirror-folder.ts';
import { isTargetCall, judgeCalls, type RecordedCall, type TargetUse } from '../script/recorded-calls.ts';
import type { SourceFile } from '../script/script-sources.ts';
import { startK6 } from './run-k6-process.ts';

const dryRunTimeoutMs = 30_000;

/** What is still recorded after the first call to the target; `sleep` can't be stubbed, and nobody should wait for it. */
const graceAfterProofMs = 300;

/** Settings of the user's that would make the dry pass more, or less, than one iteration without outputs. */
const loadSettings =
  /^K6_(VUS|DURATION|ITERATIONS|STAGES|OUT|CONFIG|SUMMARY_\w+|WEB_DASHBOARD\w*|PAUSED|LINGER|LOG_\w+|CONSOLE_OUTPUT|MIN_ITERATION_DURATION|THROW|TRACES_OUTPUT|EXECUTION_SEGMENT\w*|NO_SETUP|NEW_MACHINE_READABLE_SUMMARY|TAGS)$/;

/** How k6 is run for a script. */
export interface K6Setting {
  readonly k6: K6Binary;
  readonly user: K6Arguments;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly signal: AbortSignal;
}

export interface DryRunOptions extends K6Setting {
  readonly script: string;
  readonly sources: readonly SourceFile[];
  readonly inspection: ScriptInspection;
  readonly target: Address;
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
  const { files, modules, wrapper } = dryRunFiles({ ...options, marker });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  const script = resolve(options.directory, options.script);
  const entry = await writeWrapper({ ...options, script, modules, folder, text: (loaded) => wrapper(folder, loaded) });
  let proofTimer: NodeJS.Timeout | undefined;
  const output = new DryRunOutput(marker, options.directory, (call, stop) => {
    if (isTargetCall(call, options.target)) proofTimer ??= setTimeout(stop, graceAfterProofMs);
  });
  const end = await runToEnd(folder, entry, output, options).finally(() => clearTimeout(proofTimer));
  const isComplete = end.code === 0 && output.completed >= Object.keys(options.inspection.scenarios).length;
  return judgeCalls(output.calls, options.target, isComplete ? undefined : (output.error ?? 'it did not finish'));
}

/** Starts a browser as a script would and closes it again; undefined when that works, else what k6 says. */
export async function probeBrowser(folder: string, options: K6Setting): Promise<string | undefined> {
  const own = await mkdtemp(join(folder, 'browser-'));
  const entry = join(own, 'probe.js');
  await writeFile(entry, browserProbe);
  const output = new DryRunOutput(randomUUID(), options.directory, () => {});
  const end = await runToEnd(own, entry, output, options);
  return end.code === 0 ? undefined : (output.error ?? 'it had not started after 30 s');
}

/** Runs k6 without outputs until it ends, is stopped, or has had its time. */
async function runToEnd(
  folder: string,
  entry: string,
  output: DryRunOutput,
  options: K6Setting,
): Promise<{ readonly code: number | undefined }> {
  await writeFile(join(folder, 'config.json'), '{}');
  const k6 = await startK6({
    path: options.k6.path,
    args: dryRunArguments(folder, entry, options),
    cwd: options.directory,
    environment: Object.fromEntries(Object.entries(options.environment).filter(([name]) => !loadSettings.test(name))),
    onStdout: () => {},
    onStderr: (chunk) => output.push(chunk, stop),
  });
  const stop = () => k6.stop('SIGKILL');
  const timer = setTimeout(stop, dryRunTimeoutMs);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    return await k6.ended;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', stop);
  }
}

function dryRunArguments(folder: string, entry: string, { k6, user }: K6Setting): readonly string[] {
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

  readonly #onCall: (call: RecordedCall, stop: () => void) => void;

  constructor(marker: string, directory: string, onCall: (call: RecordedCall, stop: () => void) => void) {
    this.#marker = marker;
    this.#directory = directory;
    this.#onCall = onCall;
  }

  push(chunk: Buffer, stop: () => void): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line, stop);
  }

  #read(line: string, stop: () => void): void {
    try {
      const { level, msg, source } = JSON.parse(line) as { level?: string; msg?: string; source?: string };
      if (msg === undefined) return;
      if (msg.startsWith(this.#marker)) this.#record(msg.slice(this.#marker.length), stop);
      else if (level === 'error' && source !== 'console') this.error ??= readableMessage({ msg }, this.#directory);
    } catch {
      // A line that isn't JSON isn't ours.
    }
  }

  #record(text: string, stop: () => void): void {
    const call = JSON.parse(text) as RecordedCall | { readonly protocol: 'done' };
    if (call.protocol === 'done') {
      this.completed += 1;
      return;
    }
    this.calls.push(call);
    this.#onCall(call, stop);
  }
}
