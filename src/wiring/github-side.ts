import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import type { Config } from '../config/config.ts';
import { configFilePath } from '../config/parse-config.ts';
import type { ScriptText } from '../core/comment/check-annotations.ts';
import { workflowPathOf } from '../core/platform/gate-changes.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import type { Acceptor, Log, ReportSink } from '../ports.ts';
import type { PullRequestChanges } from './changed-files.ts';
import { gateChangeLines } from './gate-before-change.ts';
import { talkOnGitHub } from './talk-on-github.ts';

interface GitHubSurroundings {
  /** Absent without a token: then nothing is shown and nobody can accept anything. */
  readonly api: GitHubClient | undefined;
  readonly event: PlatformEvent;
  readonly changes: PullRequestChanges;
  readonly run: { readonly id: string; readonly attempt: number; readonly url?: string } | undefined;
  readonly inputs: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRecorded: boolean;
  readonly log: Log;
  /** Told where the comment is. */
  readonly onComment: (url: string) => void;
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
