import * as v from 'valibot';
import type { AcceptedLevel } from '../../core/acceptance/acceptance.ts';
import { type AcceptanceDecision, decideAcceptance, loginsToAsk } from '../../core/acceptance/decide-acceptance.ts';
import { type CommentMarker, readMarker } from '../../core/comment/comment-marker.ts';
import type { Clock } from '../../ports.ts';
import { ask, askAll, type GitHubClient, statusOf } from './github-client.ts';

export interface AcceptanceQuestion {
  readonly api: GitHubClient;
  readonly pullRequest: number;
  readonly label: string;
  /** What the gate is called: its comment holds what was accepted so far. */
  readonly name: string;
  readonly clock: Clock;
}

export interface AcceptanceAnswer {
  readonly decision: AcceptanceDecision;
  /** What an earlier run of the same pull request found accepted. */
  readonly earlier?: AcceptedLevel;
}

const labelSchema = v.object({ name: v.string() });
const login = v.nullish(v.object({ login: v.string() }));
const eventSchema = v.object({
  event: v.string(),
  created_at: v.string(),
  actor: login,
  label: v.optional(labelSchema),
});
const commentSchema = v.object({ body: v.optional(v.string(), ''), created_at: v.string(), user: login });

/**
 * Whether the pull request's slowdown is accepted, asked now: a label in the event's payload is what was true when the
 * event happened, and a re-run replays it. One request where the label isn't there.
 */
export async function readAcceptance(question: AcceptanceQuestion): Promise<AcceptanceAnswer> {
  const { api, pullRequest, label, clock } = question;
  const issue = { issue_number: pullRequest };
  const list = <Schema extends v.GenericSchema>(what: string, schema: Schema) =>
    askAll(api, `GET /repos/{owner}/{repo}/issues/{issue_number}/${what}`, issue, schema);
  const labels = (await list('labels', labelSchema)).map(({ name }) => name);
  if (!labels.some((name) => name.toLowerCase() === label.toLowerCase())) return { decision: { kind: 'none' } };
  const events = await list('events', eventSchema);
  const comments = await list('comments', commentSchema);
  const facts = {
    label,
    pullRequest,
    labels,
    labeled: events.flatMap(({ event, actor, created_at: at, label: set }) =>
      event === 'labeled' && actor && set ? [{ label: set.name, by: actor.login, at }] : [],
    ),
    comments: comments.flatMap(({ user, body, created_at: at }) => (user ? [{ by: user.login, at, body }] : [])),
  };
  const writers = new Set<string>();
  for (const name of loginsToAsk(facts)) if (await mayWrite(api, name)) writers.add(name);
  const earlier = await earlierLevel(question, facts.comments);
  return {
    decision: decideAcceptance({ ...facts, writers, nowMs: clock.now() }),
    ...(earlier !== undefined && { earlier }),
  };
}

/** Unknown users, apps among them, have no permission of their own. */
async function mayWrite(api: GitHubClient, username: string): Promise<boolean> {
  const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
  try {
    const { permission } = await ask(api, route, { username }, v.object({ permission: v.string() }));
    return permission === 'admin' || permission === 'write';
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** From the newest comment of ours; a marker that somebody else wrote says nothing. */
async function earlierLevel(
  { api, name }: AcceptanceQuestion,
  comments: readonly { readonly by: string; readonly body: string }[],
): Promise<AcceptedLevel | undefined> {
  const self = await api.login().catch(() => 'github-actions[bot]');
  const markers = comments.flatMap(({ by, body }) => (by === self ? (readMarker(body) ?? []) : [])) as CommentMarker[];
  return markers.findLast((marker) => marker.name === name)?.accepted;
}
