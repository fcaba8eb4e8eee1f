import * as v from 'valibot';
import { ask, askAll, type GitHubApi, statusOf } from './github-api.ts';

/** The commit at which `head` left `base`. */
export async function mergeBaseOf(api: GitHubApi, base: string, head: string): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
  const schema = v.object({ merge_base_commit: v.object({ sha: v.string() }) });
  const answer = await ask(api, route, { basehead: `${base}...${head}`, per_page: 1 }, schema);
  return answer.merge_base_commit.sha;
}

/** A file's text as of `commit`; undefined when it wasn't there. */
export async function fileAt(api: GitHubApi, path: string, commit: string): Promise<string | undefined> {
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

/** Paths that a pull request touches, old names of moved files among them. */
export async function changedFiles(api: GitHubApi, pullRequest: number): Promise<string[]> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
  const schema = v.object({ filename: v.string(), previous_filename: v.optional(v.string()) });
  const files = await askAll(api, route, { pull_number: pullRequest }, schema);
  return files.flatMap(({ filename, previous_filename: before }) =>
    before === undefined ? [filename] : [filename, before],
  );
}

/**
 * Files of a pull request with their hunks, as many as GitHub gives in one answer (100), so that a large one costs no more
 * requests than a small one. Binary and very large ones come without hunks.
 */
export async function changedHunks(
  api: GitHubApi,
  pullRequest: number,
): Promise<{ readonly path: string; readonly hunks: string }[]> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
  const schema = v.array(v.object({ filename: v.string(), patch: v.optional(v.string()) }));
  const files = await ask(api, route, { pull_number: pullRequest, per_page: 100, page: 1 }, schema);
  return files.map(({ filename, patch }) => ({ path: filename, hunks: patch ?? '' }));
}
