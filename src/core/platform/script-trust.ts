import type { PlatformEvent } from './platform-event.ts';
import { rightsOf } from './run-rights.ts';

/** One script as it lies on disk. */
export interface ScriptOrigin {
  readonly path: string;
  /** The commit whose checkout holds the script unchanged; absent when that isn't known. */
  readonly commit?: string;
}

export type ScriptTrust =
  | { readonly kind: 'trusted' }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string };

/**
 * May these scripts run in this job? A k6 script is code that reads files and variables. Where the job holds secrets or a
 * token that may write, and the head may be a stranger's, a script runs only from the commit whose workflow runs, and
 * only where that is the default branch's own.
 */
export function judgeScriptTrust(event: PlatformEvent, scripts: readonly ScriptOrigin[]): ScriptTrust {
  const { head, isPrivileged } = rightsOf(event);
  if (!isPrivileged || head === 'ours') return { kind: 'trusted' };
  const suspicious = scripts.find((script) => !isOfTheWorkflow(event, script));
  if (suspicious === undefined) return { kind: 'trusted' };
  const whose =
    head === 'stranger' ? `of the fork ${event.headRepository ?? ''}`.trim() : 'of a commit that may be a fork’s';
  return {
    kind: 'refused',
    reason: `${suspicious.path} is not run: under ${event.name} the job holds secrets and a token that may write, and the script is ${whose}, not of the default branch`,
    hint: 'Measure in a `pull_request` job, which holds neither, and decide and comment in the privileged one from its run record (`mode: decide`).',
  };
}

/** Under `deployment_status` the workflow's commit is the deployed one, so being of it says nothing. */
function isOfTheWorkflow(event: PlatformEvent, { commit }: ScriptOrigin): boolean {
  const runsDefaultBranch = event.name !== 'deployment_status' && event.name !== 'deployment';
  return runsDefaultBranch && commit !== undefined && commit === event.workflowCommit && commit !== event.commit;
}
