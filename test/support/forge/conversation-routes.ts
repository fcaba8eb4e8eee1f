import type { ForgeState } from './forge-state.ts';
import { type Answer, type Call, pageOf, type Route, refuse } from './route.ts';

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
  readonly created_at: string;
}

/** What stands on the pages of pull requests: comments, labels with who set them, and who may write to the repository. */
export class Conversation {
  readonly #comments = new Map<number, Comment[]>();
  readonly #labels = new Map<number, Set<string>>();
  readonly events = new Map<number, { id: number; event: string; label: string; login: string; at: string }[]>();
  /** Permission by login: admin, write, read, none. */
  readonly permissions = new Map<string, string>();

  comments(issue: number): Comment[] {
    return mapped(this.#comments, issue, () => []);
  }

  labels(issue: number): Set<string> {
    return mapped(this.#labels, issue, () => new Set());
  }

  /** As somebody does it on the page. */
  comment(state: ForgeState, issue: number, login: string, body: string, at = now(state)): Comment {
    const comment = { id: state.nextId(), body, user: { login }, created_at: at };
    this.comments(issue).push(comment);
    return comment;
  }

  setLabel(state: ForgeState, issue: number, login: string, label: string, at = now(state)): void {
    this.labels(issue).add(label);
    mapped(this.events, issue, () => []).push({ id: state.nextId(), event: 'labeled', label, login, at });
  }

  removeLabel(state: ForgeState, issue: number, login: string, label: string, at = now(state)): void {
    this.labels(issue).delete(label);
    mapped(this.events, issue, () => []).push({ id: state.nextId(), event: 'unlabeled', label, login, at });
  }

  find(id: number): { readonly list: Comment[]; readonly comment: Comment } | undefined {
    for (const list of this.#comments.values()) {
      const comment = list.find((item) => item.id === id);
      if (comment !== undefined) return { list, comment };
    }
    return undefined;
  }
}

/** GitHub's own limit, in characters; nothing in its description says so. */
const longestBody = 65_536;

const read = ['issues: read', 'pull-requests: read'] as const;
const write = ['issues: write', 'pull-requests: write'] as const;
const issuePath = '/repos/{owner}/{repo}/issues/{issue_number}';

export const conversationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${issuePath}/comments`,
    permissions: read,
    handle: (call) => {
      const comments = conversationOf(call)
        .comments(issueOf(call))
        .map((comment) => describe(call, comment));
      return pageOf(comments, call, pathOf(call, 'comments'));
    },
  },
  {
    method: 'POST',
    path: `${issuePath}/comments`,
    permissions: write,
    handle: (call) => {
      const body = bodyOf(call);
      if (isTooLong(body)) return tooLong;
      const comment = conversationOf(call).comment(call.state, issueOf(call), call.token.login, body);
      return { status: 201, body: describe(call, comment) };
    },
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    permissions: write,
    handle: (call) => {
      const found = conversationOf(call).find(Number(call.params['comment_id']));
      if (found === undefined) return refuse(404, 'Not Found');
      if (isTooLong(bodyOf(call))) return tooLong;
      found.comment.body = bodyOf(call);
      return { status: 200, body: describe(call, found.comment) };
    },
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    permissions: write,
    handle: (call) => {
      const found = conversationOf(call).find(Number(call.params['comment_id']));
      if (found === undefined) return refuse(404, 'Not Found');
      found.list.splice(found.list.indexOf(found.comment), 1);
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: `${issuePath}/labels`,
    permissions: read,
    handle: (call) => {
      const labels = [...conversationOf(call).labels(issueOf(call))].map((name) => ({ name, color: 'ededed' }));
      return pageOf(labels, call, pathOf(call, 'labels'));
    },
  },
  {
    method: 'GET',
    path: `${issuePath}/events`,
    permissions: read,
    handle: (call) => {
      const events = (conversationOf(call).events.get(issueOf(call)) ?? []).map(({ id, event, label, login, at }) => ({
        id,
        event,
        label: { name: label, color: 'ededed' },
        actor: { login },
        created_at: at,
      }));
      return pageOf(events, call, pathOf(call, 'events'));
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    permissions: ['contents: read', 'pull-requests: read', 'issues: read'],
    handle: (call) => {
      const username = call.params['username'] ?? '';
      const permission = conversationOf(call).permissions.get(username);
      if (permission === undefined) return refuse(404, `${username} is not a user`);
      return { status: 200, body: { permission, role_name: permission, user: { login: username } } };
    },
  },
];

function conversationOf({ state }: Call): Conversation {
  return state.of(Conversation);
}

function issueOf({ params }: Call): number {
  return Number(params['issue_number']);
}

function pathOf({ state, params }: Call, what: string): string {
  return `/repos/${state.owner}/${state.repo}/issues/${params['issue_number']}/${what}`;
}

function bodyOf({ body }: Call): string {
  return String((body as { readonly body?: unknown }).body);
}

/** In characters or in UTF-16 units: nobody knows, so the stricter one. */
function isTooLong(body: string): boolean {
  return body.length > longestBody;
}

const tooLong: Answer = refuse(422, 'Validation Failed', [
  {
    resource: 'IssueComment',
    code: 'unprocessable',
    field: 'data',
    message: 'Body is too long (maximum is 65536 characters)',
  },
]);

function describe({ state }: Call, { id, body, user, created_at: at }: Comment): object {
  const page = `https://github.com/${state.owner}/${state.repo}/pull`;
  return { id, body, user, created_at: at, updated_at: at, html_url: `${page}#issuecomment-${id}` };
}

/** Later than everything before it: ids grow by one each time. */
function now(state: ForgeState): string {
  return new Date(Date.UTC(2026, 10, 25, 9) + state.nextId() * 1000).toISOString();
}

function mapped<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
