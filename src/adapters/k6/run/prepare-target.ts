import { GateError } from '../../../errors.ts';
import type { NotMeasured } from '../../../ports.ts';
import { type Address, parseAddress } from '../../target/target-host.ts';
import { waitForTarget } from '../../target/wait-for-target.ts';
import { defaultUrlVariables } from '../script/address-hint.ts';
import { headerVariable } from '../script/bypass-header.ts';
import { importsModule } from '../script/script-code.ts';
import { describeRemoved, scrubEnvironment } from '../script/script-environment.ts';
import type { MeasureOptions } from './measure-options.ts';
import { type PreparedScript, prepareScript, type ScriptSetting } from './prepare-script.ts';

/** A target that is ready and the scripts that will load it, with all that k6 is given. */
export interface PreparedTarget {
  readonly kind: 'prepared';
  readonly setting: ScriptSetting;
  readonly scripts: readonly PreparedScript[];
}

/**
 * Everything that can be done before the load: each script is inspected and run dry, and the target must answer. Throws
 * `GateError` for what is wrong with the scripts or the configuration.
 */
export async function prepareTarget(
  options: MeasureOptions,
  folder: string,
  signal: AbortSignal,
): Promise<PreparedTarget | NotMeasured> {
  const target = targetAddress(options.target.url);
  refuseEndlessRun(options.environment);
  const { environment, removed } = scrubEnvironment(options.environment, {
    env: scriptVariables(options, target),
    passThrough: options.passThroughNames,
  });
  const setting: ScriptSetting = { options, environment, removed, target, folder, signal };
  const scripts: PreparedScript[] = [];
  for (const script of options.scripts) {
    const outcome = await prepareScript(script, setting);
    if (signal.aborted) return interrupted;
    // Told once there is a script to withhold from; one that can't run may want what was withheld.
    if (scripts.length === 0 && removed.length > 0) options.log.info(describeRemoved(removed));
    if ('kind' in outcome) return outcome;
    scripts.push(outcome);
  }
  tellTargetUse(scripts, setting);
  const readiness = await waitUntilReady({ kind: 'prepared', setting, scripts }, signal);
  if (signal.aborted) return interrupted;
  return readiness ?? { kind: 'prepared', setting, scripts };
}

/** Waits until the target answers as `wait` wants it to; undefined once it does. */
export async function waitUntilReady(
  { setting: { options }, scripts }: PreparedTarget,
  signal: AbortSignal,
): Promise<NotMeasured | undefined> {
  const readiness = await waitForTarget({
    url: options.target.url,
    check: options.wait,
    ...(options.bypassHeader === undefined ? {} : { header: options.bypassHeader }),
    probe: scripts.every(isGrpcOnly) ? 'connection' : 'http',
    allowsUntrustedCertificate: scripts.some((script) => script.inspection.skipsCertificateCheck),
    environment: options.environment,
    log: options.log,
    signal,
  });
  return readiness.kind === 'not-ready' ? { ...readiness, kind: 'not-measured' } : undefined;
}

function isGrpcOnly({ sources }: PreparedScript): boolean {
  return importsModule(sources, 'k6/net/grpc') && !importsModule(sources, 'k6/http');
}

function targetAddress(url: string): Address {
  const address = /^https?:\/\//i.test(url) ? parseAddress(url) : undefined;
  if (address !== undefined) return address;
  throw new GateError(
    'CONFIG_INVALID',
    `target-url: "${url}" is no http or https address`,
    'Write it in full, such as https://preview-42.example.com.',
  );
}

/** The environment can ask for what `k6-args` refuses. */
function refuseEndlessRun(environment: NodeJS.ProcessEnv): void {
  for (const name of ['K6_LINGER', 'K6_PAUSED']) {
    const value = environment[name];
    if (value === undefined || /^(0|false|)$/i.test(value)) continue;
    throw new GateError(
      'CONFIG_INVALID',
      `${name}=${value} is set: k6 would wait for a command that never comes`,
      `Unset ${name} for this step.`,
    );
  }
}

/** Variables that the scripts get: the target's address, then the user's own, in which the address is filled in. */
function scriptVariables(options: MeasureOptions, target: Address): Record<string, string> {
  const { url } = options.target;
  const { host, hostname, protocol } = new URL(url);
  const port = String(target.port);
  const scheme = protocol.replace(':', '');
  const parts: Readonly<Record<string, string>> = { url, host, hostname, port, scheme };
  const names = options.target.urlVariables ?? defaultUrlVariables;
  const own = Object.entries(options.env).map(([name, value]) => [
    name,
    value.replace(/\{(url|host|hostname|port|scheme)\}/g, (_, part: string) => parts[part] ?? ''),
  ]);
  const header = options.bypassHeader;
  return {
    ...Object.fromEntries(names.map((name) => [name, url])),
    ...(header === undefined ? {} : { [headerVariable]: `${header.name}: ${header.value}` }),
    ...Object.fromEntries(own),
  };
}

function tellTargetUse(prepared: readonly PreparedScript[], { options }: ScriptSetting): void {
  for (const { script, sources, targetUse, warnings, inspection } of prepared) {
    for (const warning of warnings) options.log.warn(warning);
    if (targetUse.kind === 'unknown') {
      // k6 doesn't say of a browser's requests where they go.
      const isBrowserAlone = inspection.usesBrowser && !importsModule(sources, 'k6/http');
      const instead = isBrowserAlone ? 'where it goes is not checked' : 'its first second of load is checked instead';
      options.log.info(`${script} could not be run dry (${targetUse.why}); ${instead}`);
    } else if (targetUse.otherHosts.length > 0) {
      options.log.warn(`${script} also calls ${targetUse.otherHosts.join(', ')}: requests there are not compared`);
    }
  }
}

const interrupted: NotMeasured = {
  kind: 'not-measured',
  reason: 'cut-short',
  detail: 'the run was interrupted before any load',
  hint: 'Run it again and let it finish.',
};
