import { createEmulator } from 'emulate';
import { type GitHubClient, gitHubClient } from '../../src/adapters/github/github-client.ts';
import { Conversation } from './forge/conversation-routes.ts';
import { Forge } from './forge/forge.ts';
import { PullRequests } from './forge/pull-request-routes.ts';
import type { TokenGrant } from './forge/tokens.ts';
import { recordedLog } from './recorded-log.ts';

export interface RawAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A stand-in for GitHub with the repository acme/shop, one commit on `main`, and one pull request from `topic`. */
export interface StandIn extends AsyncDisposable {
  readonly client: GitHubClient;
  /** Who the client's token acts for. */
  readonly login: string;
  readonly pullRequest: number;
  readonly head: string;
  readonly main: string;
  /** One request as it is, with the token of a job unless another is given. */
  ask(method: string, path: string, body?: object, token?: string): Promise<RawAnswer>;
  /** A token of a job that may do only this. */
  tokenWith(permissions: TokenGrant['permissions']): string;
  /** A comment of somebody else's on the pull request. */
  say(body: string): Promise<void>;
}

const repository = 'acme/shop';
const all = { contents: 'write', 'pull-requests': 'write', checks: 'write', actions: 'read' } as const;

function talkingTo(apiUrl: string, token: string): Pick<StandIn, 'client' | 'ask'> {
  const access = { apiUrl, repository, token };
  return {
    client: gitHubClient(access, { environment: {}, log: recordedLog(), secondMs: 1, spacedWrites: false, retries: 0 }),
    async ask(method, path, body, bearer = token) {
      const headers = {
        authorization: `Bearer ${bearer}`,
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
      };
      const answer = await fetch(`${apiUrl}/repos/${repository}${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: JSON.parse((await answer.text()) || 'null') };
    },
  };
}

/** Our own, strict and on real git. */
export async function startForge(): Promise<StandIn> {
  const forge = await Forge.start();
  const { git } = forge.state;
  const main = await git.writeCommit(await git.writeTree(undefined, []), [], 'begin');
  const head = await git.writeCommit(await git.writeTree(undefined, []), [main], 'topic');
  await forge.state.swapRef('refs/heads/main', main, undefined);
  await forge.state.swapRef('refs/heads/topic', head, undefined);
  const branches = { headBranch: 'topic', baseBranch: 'main', baseCommit: main, headRepository: repository };
  forge.state.of(PullRequests).all.push({ number: 1, headCommit: head, state: 'open', ...branches });
  const talk = forge.state.of(Conversation);
  return {
    ...talkingTo(forge.apiUrl, forge.token(all)),
    login: 'github-actions[bot]',
    pullRequest: 1,
    ...{ head, main },
    tokenWith: (permissions) => forge.token(permissions),
    say: async (body) => void talk.comment(forge.state, 1, 'chatter', body),
    [Symbol.asyncDispose]: () => forge.stop(),
  };
}

/** Somebody else's: https://www.npmjs.com/package/emulate */
export async function startEmulate(): Promise<StandIn> {
  const [job, chatter] = ['job-of-the-emulator', 'chatter-of-the-emulator'];
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [job]: { login: 'gate', scopes: ['repo'] }, [chatter]: { login: 'chatter', scopes: ['repo'] } },
      github: {
        users: [{ login: 'gate' }, { login: 'chatter' }],
        orgs: [{ login: 'acme', members: [{ login: 'gate', role: 'admin' }] }],
        repos: [{ owner: 'acme', name: 'shop', auto_init: true }],
      },
    },
  });
  const talking = talkingTo(emulator.url, job);
  const ask = async (method: string, path: string, body?: object, token?: string) =>
    (await talking.ask(method, path, body, token)).body as Record<string, never>;
  const main = (await ask('GET', '/git/ref/heads/main'))['object']?.['sha'] ?? '';
  const tree = (await ask('GET', `/git/commits/${main}`))['tree']?.['sha'] ?? '';
  const head = (await ask('POST', '/git/commits', { message: 'topic', tree, parents: [main] }))['sha'] ?? '';
  await ask('POST', '/git/refs', { ref: 'refs/heads/topic', sha: head });
  const pull = await ask('POST', '/pulls', { title: 'faster', head: 'topic', base: 'main' });
  const pullRequest = Number(pull['number']);
  return {
    ...talking,
    login: 'gate',
    ...{ pullRequest, head, main },
    tokenWith: () => job,
    say: async (body) => void (await ask('POST', `/issues/${pullRequest}/comments`, { body }, chatter)),
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}
