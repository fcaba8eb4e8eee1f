import { readEventContext } from '../adapters/actions/event-context.ts';
import type { Log } from '../ports.ts';
import type { DeploymentSource } from '../wiring/locate-sides.ts';

/** GitHub as the environment describes it: everything of it in a workflow's step, nothing on most machines. */
export async function deploymentSource(log: Log): Promise<DeploymentSource> {
  const { platform: event } = await readEventContext(process.env);
  const token = process.env['GITHUB_TOKEN'];
  if (!token) return { api: undefined, event };
  const { openGitHub } = await import('../wiring/open-github.ts');
  return { api: openGitHub(process.env, token, log), event };
}
