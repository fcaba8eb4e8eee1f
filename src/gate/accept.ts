import type { AcceptedLevel } from '../core/acceptance/acceptance.ts';
import { applyAcceptance, applyAtMerge } from '../core/acceptance/apply-acceptance.ts';
import type { AcceptanceDecision } from '../core/acceptance/decide-acceptance.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import type { Decided } from '../core/verdict/build-verdict.ts';
import type { Accepted, Acceptor } from '../ports.ts';

/** What people said on pull requests, as the platform knows it now. */
export interface PullRequestAcceptance {
  read(pullRequest: number): Promise<{
    readonly decision: AcceptanceDecision;
    /** What an earlier run of the same pull request found accepted. */
    readonly earlier?: AcceptedLevel;
  }>;
  /** Number of the pull request whose merge made `commit` on `branch`; undefined when none did. */
  mergedAs(commit: string, branch: string): Promise<number | undefined>;
}

/**
 * Asks whether a slowdown is accepted: on a pull request and in a merge queue where the build would be red, on a recorded
 * run of whoever merged it, so that the acceptance is kept with the run. `keep` is told the level that holds from now on.
 */
export function pullRequestAcceptor(
  said: PullRequestAcceptance,
  event: PlatformEvent,
  isRecorded: boolean,
  keep: (level: AcceptedLevel) => void,
): Acceptor {
  return {
    async accept(decided) {
      const pullRequest = isRecorded ? await mergedBy(said, event) : openPullRequest(event);
      const isNothingToAccept = !isRecorded && decided.outcome.exitCode === 0;
      if (pullRequest === undefined || isNothingToAccept) return asItIs(decided);
      const { decision, earlier } = await said.read(pullRequest);
      if (earlier !== undefined) keep(earlier);
      if (decision.kind === 'none') return asItIs(decided);
      if (decision.kind === 'ignored') return asItIs(decided, [decision.why]);
      const { acceptance } = decision;
      if (isRecorded) return { ...applyAtMerge(decided, acceptance, earlier?.figures ?? []), warnings: [] };
      const { decided: overruled, level } = applyAcceptance(decided, acceptance, earlier);
      if (level !== undefined) keep(level);
      const isStillRed = overruled.outcome.exitCode !== 0;
      return asItIs(
        overruled,
        isStillRed ? [`${overruled.verdict.detail}; set the label anew to accept that as well`] : [],
      );
    },
  };
}

function openPullRequest({ pullRequest, mergeGroup }: PlatformEvent): number | undefined {
  return pullRequest?.number ?? mergeGroup?.pullRequest;
}

async function mergedBy(said: PullRequestAcceptance, { commit, branch }: PlatformEvent): Promise<number | undefined> {
  return commit === undefined || branch === undefined ? undefined : said.mergedAs(commit, branch);
}

function asItIs(decided: Decided, warnings: readonly string[] = []): Accepted {
  return { decided, warnings };
}
