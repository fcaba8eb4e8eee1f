import { resolve } from 'node:path';
import type { NotMeasured } from '../../../ports.ts';
import type { PreparedTarget } from '../run/prepare-target.ts';
import { hashScripts } from '../run/run-fingerprint.ts';
import { readSources } from '../script/script-sources.ts';

/** Reads the scripts again: both sides must have run the same files; undefined when they did. */
export async function findChangedScript({ scripts, setting }: PreparedTarget): Promise<NotMeasured | undefined> {
  const { directory } = setting.options;
  for (const { script, sources } of scripts) {
    const now = await readSources(resolve(directory, script));
    if (hashScripts([now], directory) === hashScripts([sources], directory)) continue;
    return {
      kind: 'not-measured',
      reason: 'script-changed',
      detail: `${script}, or a file that it imports, changed while it ran`,
      hint: 'Let nothing write to the scripts while they run.',
    };
  }
  return undefined;
}
