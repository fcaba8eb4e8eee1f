import type { GivenSettings } from '../../src/printed-command.ts';

/** What a run of the Action was given that names `scripts` and nothing else. */
export function givenScripts(scripts: readonly string[]): GivenSettings {
  return { flags: scripts.map((value) => ({ name: 'script', value })), hasScript: true, hasPreviews: true };
}
