import { checkRun } from '../adapters/github/check-run.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import { mergedPullRequest } from '../adapters/github/look-up-commit.ts';
import { pullRequestComment } from '../adapters/github/pull-request-comment.ts';
import { readAcceptance } from '../adapters/github/read-acceptance.ts';
import type { Config } from '../config/config.ts';
import type { AcceptedLevel } from '../core/acceptance/acceptance.ts';
import { applyAcceptance, applyAtMerge } from '../core/acceptance/apply-acceptance.ts';
import type { ScriptText } from '../core/comment/check-annotations.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import type { Decided } from '../core/verdict/build-verdict.ts';
import type { Accepted, Acceptor, Clock, Log, RenderedReport, ReportSink } from '../ports.ts';

interface TalkingSurroundings {
  readonly api: GitHubClient;
  readonly event: PlatformEvent;
  readonly run: { readonly id: string; readonly attempt: number; readonly url?: string };
  /** Whether this run is recorded: then the merged pull request's acceptance is kept with it. */
  readonly isRecorded: boolean;
  readonly scripts: readonly ScriptText[];
  readonly clock: Clock;
  readonly log: Log;
  /** Told where the comment is. */
  readonly onComment: (url: string) => void;
}

/** What this run shows on GitHub, and whom it asks whether a slowdown is accepted. */
export function talkOnGitHub(
  config: Config,
  surroundings: TalkingSurroundings,
): { readonly sinks: readonly ReportSink[]; readonly acceptor: Acceptor } {
  const { api, event, run, scripts, clock, log, onComment } = surroundings;
  const { name, talking } = config;
  const kept: { level?: AcceptedLevel } = {};
  const sinks: ReportSink[] = [];
  const startedAt = startOf(config, clock.now());
  const { commit: head, pullRequest } = event;
  if (head !== undefined && pullRequest !== undefined && rightsOf(event).mayComment) {
    sinks.push(
      pullRequestComment({
        ...{ api, name, head, run, log },
        startedAt,
        pullRequest: pullRequest.number,
        policy: talking.comment,
        acceptLabel: talking.acceptLabel,
        accepted: () => kept.level,
        onWritten: onComment,
      }),
    );
  }
  if (head !== undefined && talking.checkRun) {
    sinks.push(checkRun({ api, name, head, run, scripts, startedAt, log }));
  }
  return { sinks, acceptor: acceptorOf(config, surroundings, kept) };
}

/**
 * A job that decides is younger than the measuring that it tells of, and one that found nothing measured must not stand
 * in the way of a run that did measure. A forged time counts for no more than the present.
 */
function startOf({ mode }: Config, nowMs: number): (rendered: RenderedReport) => string {
  const now = new Date(nowMs).toISOString();
  if (mode !== 'decide') return () => now;
  return ({ measuredAt }) => {
    const timeMs = Math.min(Date.parse(measuredAt ?? ''), nowMs);
    return new Date(Number.isNaN(timeMs) ? 0 : timeMs).toISOString();
  };
}

function acceptorOf(config: Config, surroundings: TalkingSurroundings, kept: { level?: AcceptedLevel }): Acceptor {
  const { api, event, isRecorded, clock } = surroundings;
  const { name, talking } = config;
  return {
    async accept(decided) {
      const { mergeGroup, pullRequest: own } = event;
      const pullRequest = isRecorded ? await mergedBy(api, event) : (own?.number ?? mergeGroup?.pullRequest);
      const isNothingToAccept = !isRecorded && decided.outcome.exitCode === 0;
      if (pullRequest === undefined || isNothingToAccept) return asItIs(decided);
      const { decision, earlier } = await readAcceptance({ api, pullRequest, label: talking.acceptLabel, name, clock });
      if (earlier !== undefined) kept.level = earlier;
      if (decision.kind === 'none') return asItIs(decided);
      if (decision.kind === 'ignored') return asItIs(decided, [decision.why]);
      const { acceptance } = decision;
      if (isRecorded) return { ...applyAtMerge(decided, acceptance, earlier?.figures ?? []), warnings: [] };
      const { decided: overruled, level } = applyAcceptance(decided, acceptance, earlier);
      if (level !== undefined) kept.level = level;
      const isStillRed = overruled.outcome.exitCode !== 0;
      return asItIs(
        overruled,
        isStillRed ? [`${overruled.verdict.detail}; set the label anew to accept that as well`] : [],
      );
    },
  };
}

function asItIs(decided: Decided, warnings: readonly string[] = []): Accepted {
  return { decided, warnings };
}

async function mergedBy(api: GitHubClient, { commit, branch }: PlatformEvent): Promise<number | undefined> {
  return commit === undefined || branch === undefined
    ? undefined
    : (await mergedPullRequest(api, commit, branch))?.number;
}
