import * as v from 'valibot';
import type { AcceptedLevel } from '../../core/acceptance/acceptance.ts';
import { commentLimit, renderComment } from '../../core/comment/comment-body.ts';
import { type CommentMarker, writeMarker } from '../../core/comment/comment-marker.ts';
import {
  type CommentFacts,
  type CommentPolicy,
  type ExistingComment,
  findOwn,
  planComment,
} from '../../core/comment/plan-comment.ts';
import type { Report } from '../../core/report/model/report-model.ts';
import type { Log, RenderedReport, ReportSink } from '../../ports.ts';
import { ask, askAll, type GitHubClient, statusOf } from './github-client.ts';

export interface CommentOptions {
  readonly api: GitHubClient;
  readonly pullRequest: number;
  readonly policy: CommentPolicy;
  /** What the gate is called: one comment per name. */
  readonly name: string;
  /** The commit that was measured. */
  readonly head: string;
  readonly run: { readonly id: string; readonly attempt: number; readonly url?: string };
  /** When measuring what is told began, ISO 8601 in UTC: of two runs of one commit the one with newer figures speaks. */
  readonly startedAt: (rendered: RenderedReport) => string;
  readonly acceptLabel: string;
  /** What is accepted by now; asked for when the verdict stands. */
  readonly accepted: () => AcceptedLevel | undefined;
  readonly log: Log;
  /** Told where the comment is. */
  readonly onWritten: (url: string) => void;
}

const pullSchema = v.object({ head: v.object({ sha: v.string() }) });
const commentSchema = v.object({
  id: v.number(),
  body: v.optional(v.string(), ''),
  user: v.nullish(v.object({ login: v.string() })),
  html_url: v.string(),
});
type Comment = v.InferOutput<typeof commentSchema>;

/** GitHub has refused shorter texts than it promises, so a refused one is tried again at a third. */
const limits = [commentLimit, commentLimit / 3];

/** The pull request's one comment of this gate, kept up to date. */
export function pullRequestComment(options: CommentOptions): ReportSink {
  return {
    label: 'comment',
    async write(rendered) {
      const { report } = rendered;
      if (options.policy === 'never') return;
      const { api, pullRequest, log } = options;
      const pull = await ask(
        api,
        'GET /repos/{owner}/{repo}/pulls/{pull_number}',
        { pull_number: pullRequest },
        pullSchema,
      );
      const facts: Omit<CommentFacts, 'body' | 'existing'> = {
        policy: options.policy,
        marker: markerOf(options, rendered),
        isUneventful: report.facts.decided.verdict.verdict === 'pass' && report.facts.decided.outcome.exitCode === 0,
        self: await loginOf(api),
        currentHead: pull.head.sha,
      };
      const body = (limit?: number) => renderComment(partsOf(options, facts.marker, report), limit);
      const existing = await listComments(options);
      const plan = planComment({ ...facts, body: body(), existing: existing.map(toExisting) });
      if (plan.kind === 'none') log.info(`comment: not written, ${plan.why}`);
      const write = (id: number | undefined) => writeShortened(options, body, id);
      const written = plan.kind === 'none' ? undefined : await write(plan.kind === 'update' ? plan.id : undefined);
      if (written !== undefined) options.onWritten(written.html_url);
      const outdated = plan.kind === 'create' && written ? await othersThan(written, facts, options) : plan.remove;
      for (const id of outdated) await removeComment(api, id);
    },
  };
}

function markerOf(options: CommentOptions, rendered: RenderedReport): CommentMarker {
  const { name, head, run } = options;
  const { report } = rendered;
  const startedAt = options.startedAt(rendered);
  const accepted = options.accepted();
  const outcome = report.facts.decided.outcome.exitCode === 0 ? 'passed' : 'failed';
  return { name, head, runId: run.id, attempt: run.attempt, startedAt, outcome, ...(accepted && { accepted }) };
}

function partsOf({ run, acceptLabel }: CommentOptions, marker: CommentMarker, report: Report) {
  return {
    marker: writeMarker(marker),
    report,
    ...(run.url !== undefined && { runUrl: run.url }),
    ...(marker.outcome === 'failed' && { acceptLabel }),
  };
}

/** The usual author where the interface doesn't say who we are; a wrong guess is noticed after writing. */
async function loginOf(api: GitHubClient): Promise<string> {
  return api.login().catch(() => 'github-actions[bot]');
}

function listComments({ api, pullRequest }: CommentOptions): Promise<Comment[]> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  return askAll(api, route, { issue_number: pullRequest }, commentSchema);
}

async function writeShortened(
  options: CommentOptions,
  body: (limit: number) => string,
  id: number | undefined,
): Promise<Comment> {
  const [usual, shorter] = limits.map(body) as [string, string];
  try {
    return await writeComment(options, usual, id);
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
    return writeComment(options, shorter, id);
  }
}

async function writeComment(options: CommentOptions, body: string, id: number | undefined): Promise<Comment> {
  const { api, pullRequest } = options;
  if (id !== undefined) {
    try {
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      return await ask(api, route, { comment_id: id, body }, commentSchema);
    } catch (error) {
      // Somebody deleted it meanwhile.
      if (statusOf(error) !== 404) throw error;
    }
  }
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  return ask(api, route, { issue_number: pullRequest, body }, commentSchema);
}

/** Two runs at once may both have found none and written one: the one that began last stays. */
async function othersThan(
  written: Comment,
  facts: Omit<CommentFacts, 'body' | 'existing'>,
  options: CommentOptions,
): Promise<number[]> {
  const listed = (await listComments(options)).filter(({ id }) => id !== written.id);
  const self = written.user?.login ?? facts.self;
  const [, ...older] = findOwn({ ...facts, self, existing: [...listed, written].map(toExisting) });
  return older.map(({ id }) => id);
}

async function removeComment(api: GitHubClient, id: number): Promise<void> {
  try {
    await ask(api, 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { comment_id: id }, v.unknown());
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

function toExisting({ id, user, body }: Comment): ExistingComment {
  return { id, author: user?.login ?? '', body };
}
