import type { Measurement, Measurer, NotMeasured } from '../../../ports.ts';
import { redactError, redactLog, redactMeasurement, redactor } from '../../target/redact-secret.ts';
import type { MeasureOptions } from './measure-options.ts';
import { prepareTarget } from './prepare-target.ts';
import { runHook } from './run-hook.ts';
import { runScripts } from './run-scripts.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

/**
 * A measurer that runs the user's scripts, unchanged, with k6. Before any load each script is inspected and run dry, and
 * the target must answer; then the scripts run one after another and their samples become one run record. The value of the
 * bypass header is in nothing that comes out: neither record, messages, log nor errors.
 */
export function measureWithK6(options: MeasureOptions): Measurer {
  const { bypassHeader } = options;
  const redact = bypassHeader === undefined ? undefined : redactor(bypassHeader.value);
  if (redact === undefined) return { measure: (signal) => measure(options, signal) };
  const quiet = { ...options, log: redactLog(options.log, redact) };
  return {
    measure: (signal) =>
      measure(quiet, signal).then(
        (measurement) => redactMeasurement(measurement, redact),
        (error: unknown) => {
          throw redactError(error, redact);
        },
      ),
  };
}

function measure(options: MeasureOptions, signal: AbortSignal): Promise<Measurement> {
  return withTemporaryFolder('tailgate-run-', async (folder) => {
    const prepared = await prepareTarget(options, folder, signal);
    if (prepared.kind === 'not-measured') return prepared;
    return (await reset(options, folder, signal)) ?? runScripts(prepared.scripts, prepared.setting);
  });
}

async function reset(options: MeasureOptions, folder: string, signal: AbortSignal): Promise<NotMeasured | undefined> {
  const { resetCommand, environment, directory, target } = options;
  if (resetCommand === undefined) return undefined;
  const hook = { name: 'reset-command', command: resetCommand, side: 'candidate', url: target.url } as const;
  return runHook(hook, { environment, directory, folder, signal });
}
