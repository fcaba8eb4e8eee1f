import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { EventContext } from '../adapters/actions/event-context.ts';
import { fetchedArtifacts } from '../adapters/artifacts/fetched-artifacts.ts';
import { checkRun } from '../adapters/github/check-run.ts';
import { type GitHubClient, gitHubClient } from '../adapters/github/github-client.ts';
import { mergedPullRequest, pullRequestNow } from '../adapters/github/look-up-commit.ts';
import { pullRequestComment } from '../adapters/github/pull-request-comment.ts';
import { readAcceptance } from '../adapters/github/read-acceptance.ts';
import type { Config } from '../config/config.ts';
import { configFilePath } from '../config/parse-config.ts';
import type { AcceptedLevel } from '../core/acceptance/acceptance.ts';
import type { ScriptText } from '../core/comment/check-annotations.ts';
import { workflowPathOf } from '../core/platform/gate-changes.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { explain } from '../errors.ts';
import { pullRequestAcceptor } from '../gate/accept.ts';
import type { PullRequestRuns } from '../gate/take-over.ts';
import type { Acceptor, Clock, Log, RenderedReport, ReportSink } from '../ports.ts';
import type { PullRequestChanges } from './changed-files.ts';
import { gateChangeLines } from './gate-before-change.ts';

/** GitHub as this job may use it; undefined outside Actions or without a token. */
export function openGitHub(
  environment: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
  log: Log,
): GitHubClient | undefined {
  const apiUrl = environment['GITHUB_API_URL'];
  const repository = environment['GITHUB_REPOSITORY'];
  if (!apiUrl || !repository || !token) return undefined;
  return gitHubClient({ apiUrl, repository, token }, { environment, log });
}

/** What was measured for pull requests, as GitHub knows it. */
export function pullRequestRuns(api: GitHubClient): PullRequestRuns {
  return {
    mergedAs: (commit, branch) => mergedPullRequest(api, commit, branch),
    pullRequest: (number) => pullRequestNow(api, number),
    jobsOf: (commit, name) => fetchedArtifacts(api, { names: [name], commit }).read(),
  };
}

/**
 * What an earlier attempt of this very job measured of `commit`, the first run and its repeats; nothing on the first
 * attempt, and where GitHub doesn't let it be read, which is said.
 */
export async function runsOfEarlierAttempt(
  api: GitHubClient | undefined,
  job: { readonly name: string; readonly commit?: string | undefined; readonly run: EventContext['workflowRun'] },
  log: Log,
): Promise<readonly RunRecord[]> {
  const { name, commit, run } = job;
  if (api === undefined || commit === undefined || run === undefined || run.attempt < 2) return [];
  try {
    const [earlier] = await fetchedArtifacts(api, { names: [name], commit, runId: Number(run.id) }).read();
    if (earlier === undefined || earlier.duet !== undefined) return [];
    const isOfThisJob = ({ provenance: { workflowRun, commit: measured } }: RunRecord) =>
      measured === commit && workflowRun?.id === run.id && workflowRun.attempt < run.attempt;
    return earlier.records.every(isOfThisJob) ? earlier.records : [];
  } catch (error) {
    log.warn(
      `What the earlier attempt of this job measured can't be read, so this one stands by itself: ${explain(error)}`,
    );
    return [];
  }
}

interface GitHubSurroundings extends Omit<TalkingSurroundings, 'api' | 'run' | 'scripts' | 'clock'> {
  /** Absent without a token: then nothing is shown and nobody can accept anything. */
  readonly api: GitHubClient | undefined;
  readonly changes: PullRequestChanges;
  readonly run: TalkingSurroundings['run'] | undefined;
  readonly inputs: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface GitHubSide {
  readonly sinks: readonly ReportSink[];
  readonly acceptor?: Acceptor;
  /** For the report: that the change edits the gate itself. */
  readonly notices: readonly string[];
}

/** What the world of a run has on GitHub's side. */
export async function githubSide(config: Config, surroundings: GitHubSurroundings): Promise<GitHubSide> {
  const { api, event, changes, run, inputs, environment, log } = surroundings;
  if (api === undefined || run === undefined) return { sinks: [], notices: [] };
  // What was measured by another workflow is that one's doing, and this one is the default branch's.
  const workflow = event.upstreamRun?.workflow ?? workflowPathOf(environment['GITHUB_WORKFLOW_REF']);
  const files = {
    configuration: withinCheckout(configFilePath(inputs).path),
    scripts: config.scripts.map(withinCheckout),
    ...(workflow !== undefined && { workflow }),
  };
  const scripts = await Promise.all(config.scripts.map(scriptText));
  const talk = talkOnGitHub(config, { ...surroundings, api, run, scripts, clock: { now: () => Date.now() } });
  return { ...talk, notices: await gateChangeLines(changes, files, log) };
}

/** The script as it lies in the repository; an archive or a missing one has no lines to point at. */
async function scriptText(path: string): Promise<ScriptText> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return { path: withinCheckout(path), text };
}

function withinCheckout(path: string): string {
  return relative('.', path).replaceAll('\\', '/');
}

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

function acceptorOf(
  { name, talking }: Config,
  { api, event, isRecorded, clock }: TalkingSurroundings,
  kept: { level?: AcceptedLevel },
): Acceptor {
  const said = {
    read: (pullRequest: number) => readAcceptance({ api, pullRequest, label: talking.acceptLabel, name, clock }),
    mergedAs: async (commit: string, branch: string) => (await mergedPullRequest(api, commit, branch))?.number,
  };
  return pullRequestAcceptor(said, event, isRecorded, (level) => {
    kept.level = level;
  });
}
