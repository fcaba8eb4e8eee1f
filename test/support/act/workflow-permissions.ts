import { parse } from 'yaml';
import type { Level, Scope } from '../forge/route.ts';

type Grant = Partial<Record<Scope, Level>>;

interface Job {
  readonly if?: string;
  readonly permissions?: Grant | null;
}

/**
 * What the token of this workflow may do under `event`: `permissions:` of its jobs, or of the file, or GitHub's default for
 * new repositories. act has one token for all jobs, so it may do what any of those may that run then.
 */
export function permissionsOf(workflow: string, event: string): Grant {
  const file = parse(workflow) as { permissions?: Grant | null; jobs: Record<string, Job> };
  const grant: Grant = {};
  for (const job of Object.values(file.jobs)) {
    const onlyUnder = /github\.event_name == '(\w+)'/.exec(job.if ?? '')?.[1] ?? event;
    if (onlyUnder !== event) continue;
    const own = job.permissions ?? file.permissions ?? { contents: 'read' };
    for (const [scope, level] of Object.entries(own) as [Scope, Level][])
      if (grant[scope] !== 'write') grant[scope] = level;
  }
  return grant;
}

/** What is left of it for a pull request from a fork. */
export function readOnly(grant: Grant): Grant {
  return Object.fromEntries(Object.keys(grant).map((scope) => [scope, 'read']));
}
