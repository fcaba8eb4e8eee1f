import type { RunRecord } from '../run-record/run-record.ts';

/**
 * Whether the runs of one candidate share nothing but the code: each is known to be made by another machine on another
 * deployment. What isn't known counts as shared, since runs that share their luck prove less than they seem to.
 */
export function areFresh(records: readonly RunRecord[]): boolean {
  const machines = records.map(({ provenance }) => provenance.machine);
  const deployments = records.map(({ provenance }) => provenance.deployment);
  return [machines, deployments].every((names) => !names.includes(undefined) && new Set(names).size === records.length);
}
