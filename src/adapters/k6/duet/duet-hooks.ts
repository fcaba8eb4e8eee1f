import type { NotMeasured } from '../../../ports.ts';
import { waitUntilReady } from '../run/prepare-target.ts';
import { type Hook, runHook } from '../run/run-hook.ts';
import type { SidePlace } from './concurrent-round.ts';

interface HookRun {
  readonly name: Hook['name'];
  readonly command: string;
  readonly places: readonly SidePlace[];
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Runs a command of the user's for each side, one after the other; undefined when all went well. */
export async function runHooks({ name, command, places, folder, signal }: HookRun): Promise<NotMeasured | undefined> {
  for (const { side, place } of places) {
    const { environment, directory, target, log } = place.setting.options;
    log.debug(`${name} for the ${side.name} side at ${target.url}`);
    const hook = { name, command, side: side.name, url: target.url };
    const refusal = await runHook(hook, { environment, directory, folder, signal });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Fresh processes of both sides, each at its place, and both ready again. */
export async function restartSides(run: Omit<HookRun, 'name'>): Promise<NotMeasured | undefined> {
  const refusal = await runHooks({ ...run, name: 'restart-command' });
  if (refusal !== undefined) return refusal;
  for (const { side, place } of run.places) {
    const notReady = await waitUntilReady(place, run.signal);
    if (notReady !== undefined) return { ...notReady, detail: `the ${side.name} side: ${notReady.detail}` };
  }
  return undefined;
}
