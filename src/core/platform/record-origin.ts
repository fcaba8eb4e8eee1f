import type { PlatformEvent } from './platform-event.ts';

/** What a run record says of where it was made. */
interface ClaimedOrigin {
  readonly commit?: string;
  readonly workflowRun?: { readonly id: string; readonly attempt: number; readonly url?: string };
}

export type RecordOrigin =
  | { readonly kind: 'of-this-event' }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string };

/**
 * Is this record about the commit that the job decides about? Whoever measured may have written anything into it, so it
 * counts only where the event, which GitHub wrote, says the same: the head commit, under `workflow_run` also the run, and
 * the repository of that run.
 */
export function judgeRecordOrigin(event: PlatformEvent, { commit, workflowRun }: ClaimedOrigin): RecordOrigin {
  if (event.commit === undefined) return refused(`${event.name} doesn't say which commit it is about`, measuring);
  if (commit === undefined) return refused('the run record names no commit', measuring);
  if (commit !== event.commit) {
    return refused(
      `the run record is of commit ${short(commit)}, this job decides about ${short(event.commit)}`,
      sameHead,
    );
  }
  const { upstreamRun, repository } = event;
  if (upstreamRun !== undefined && workflowRun?.id !== String(upstreamRun.id)) {
    const from = workflowRun === undefined ? 'no workflow run' : `workflow run ${short(workflowRun.id, 20)}`;
    return refused(`the run record is of ${from}, this job follows run ${upstreamRun.id}`, sameRun);
  }
  if (upstreamRun !== undefined && (workflowRun?.attempt ?? 0) > upstreamRun.attempt) {
    return refused(
      `the run record is of attempt ${workflowRun?.attempt}, run ${upstreamRun.id} is at ${upstreamRun.attempt}`,
      sameRun,
    );
  }
  const claimed = /\/([^/]+\/[^/]+)\/actions\/runs\/\d+$/.exec(workflowRun?.url ?? '')?.[1];
  if (claimed !== undefined && repository !== undefined && claimed.toLowerCase() !== repository.toLowerCase()) {
    return refused(
      `the run record is of repository ${short(claimed, 140)}, this job belongs to ${repository}`,
      sameRun,
    );
  }
  return { kind: 'of-this-event' };
}

const measuring =
  'Measure with the Action, which writes the commit into the record, and decide under an event that names it.';
const sameHead = 'Measure the head that is to be decided about; a new commit needs a new measurement.';
const sameRun = 'Download the artifact of the very run that started this one, by its `run-id`.';

function refused(reason: string, hint: string): RecordOrigin {
  return { kind: 'refused', reason, hint };
}

/** The claim may be of any length. */
function short(text: string, length = 12): string {
  return JSON.stringify(text.slice(0, length)).slice(1, -1);
}
