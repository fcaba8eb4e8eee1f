import * as v from 'valibot';
import { ask, askAll, type GitHubClient, statusOf } from './github-client.ts';

/** Answers of this run: configuration and baseline both ask for the merge base, and commits don't change. */
const known = new WeakMap<GitHubClient, Map<string, Promise<string>>>();

/** The commit at which `head` left `base`; asked once. */
export function mergeBaseOf(api: GitHubClient, base: string, head: string): Promise<string> {
  const answers = known.get(api) ?? new Map<string, Promise<string>>();
  known.set(api, answers);
  const key = `${base}...${head}`;
  const answer = answers.get(key) ?? askForMergeBase(api, base, head);
  answers.set(key, answer);
  return answer;
}

async function askForMergeBase(api: GitHubClient, base: string, head: string): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
  const schema = v.object({ merge_base_commit: v.object({ sha: v.string() }) });
  const answer = await ask(api, route, { basehead: `${base}...${head}`, per_page: 1 }, schema);
  return answer.merge_base_commit.sha;
}

/** A file's text as of `commit`; undefined when it wasn't there. */
export async function fileAt(api: GitHubClient, path: string, commit: string): Promise<string | undefined> {
  const route = 'GET /repos/{owner}/{repo}/contents/{path}';
  const schema = v.object({ type: v.literal('file'), encoding: v.literal('base64'), content: v.string() });
  const clean = path.replace(/^(?:\.\/)+/, '');
  try {
    const { content } = await ask(api, route, { path: clean, ref: commit }, schema);
    return Buffer.from(content, 'base64').toString('utf8');
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** A file that a pull request touches; nothing of it is trusted. */
export interface PullRequestFile {
  readonly path: string;
  /** Where it was before it moved. */
  readonly previousPath?: string;
  /** Its hunks, each with its `@@` line; empty for binary and very large files, which GitHub doesn't show. */
  readonly hunks: string;
}

/** The files that a pull request touches, a hundred to a request. */
export async function filesOfPullRequest(api: GitHubClient, pullRequest: number): Promise<PullRequestFile[]> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
  const [filename, optional] = [v.string(), v.optional(v.string())];
  const schema = v.object({ filename, previous_filename: optional, patch: optional });
  const files = await askAll(api, route, { pull_number: pullRequest }, schema);
  return files.map(({ filename: path, previous_filename: previousPath, patch = '' }) => ({
    ...{ path, hunks: patch },
    ...(previousPath !== undefined && { previousPath }),
  }));
}
