import { gitDataBranch } from '../../src/adapters/github/git-data-branch.ts';
import { pullRequestComment } from '../../src/adapters/github/pull-request-comment.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { recordedLog } from './recorded-log.ts';
import { reportCases, reportFacts } from './report-cases.ts';
import type { StandIn } from './second-opinion.ts';

const file = (name: string) => ({ path: `v1/shop/${name}`, bytes: Buffer.from(`run ${name}`), message: `Add ${name}` });
const writer = ({ client }: StandIn, branch: string) => gitDataBranch(client, branch);
const statusOf = async (answer: ReturnType<StandIn['ask']>) => (await answer).status;

/** Every file of a branch, and how many commits it has. */
async function branchOf(server: StandIn, branch: string) {
  const { body } = await server.ask('GET', `/git/ref/heads/${branch}`);
  const { sha } = (body as { object: { sha: string } }).object;
  const tree = await server.ask('GET', `/git/trees/${sha}?recursive=1`);
  const entries = (tree.body as { tree: { path: string; type: string }[] }).tree;
  const commits = (await server.ask('GET', `/commits?sha=${branch}&per_page=100`)).body as unknown[];
  return { files: entries.filter(({ type }) => type === 'blob').map(({ path }) => path), commits: commits.length };
}

async function comment(server: StandIn, name: string, run: number) {
  const facts = reportCases[name] ?? reportFacts({});
  const { client, login, pullRequest, head } = server;
  const sink = pullRequestComment({
    api: { ...client, login: async () => login },
    ...{ pullRequest, head, policy: 'always', name: 'shop', acceptLabel: 'tailgate-accept' },
    run: { id: String(run), attempt: 1 },
    startedAt: () => new Date(Date.UTC(2026, 10, 25) + run * 60_000).toISOString(),
    accepted: () => undefined,
    log: recordedLog(),
    onWritten: () => undefined,
  });
  await sink.write({ report: buildReport(facts), json: '', markdown: '' });
}

async function commentsOf(server: StandIn) {
  const found: { user: { login: string }; body: string }[] = [];
  for (let page = 1; page < 9; page++) {
    const path = `/issues/${server.pullRequest}/comments?per_page=100&page=${page}`;
    const { body } = await server.ask('GET', path);
    found.push(...(body as typeof found));
  }
  return found;
}

/** What is done with each stand-in, in this order. */
export const scenarios: Readonly<Record<string, (server: StandIn) => Promise<unknown>>> = {
  'the first file makes an orphan branch, the next goes on top': async (server) => {
    const outcomes = [];
    for (const name of ['a', 'b']) outcomes.push(await writer(server, 'runs').tryAdd(file(name)));
    return { outcomes, ...(await branchOf(server, 'runs')) };
  },
  'a file that is there is left as it is': (server) =>
    writer(server, 'runs').tryAdd({ ...file('a'), bytes: Buffer.from('other') }),
  'of two first writers at once one meets a conflict': async (server) =>
    (await Promise.all(['a', 'b'].map((name) => writer(server, 'race').tryAdd(file(name))))).sort(),
  'four writers at once, each trying until it is in, leave four files in one line': async (server) => {
    const add = async (name: string) => {
      const one = file(name);
      const target = writer(server, 'crowd');
      while ((await target.tryAdd(one)) !== 'added');
    };
    await Promise.all([...'abcd'].map(add));
    return branchOf(server, 'crowd');
  },
  'a branch is not moved to a commit that is no descendant': async (server) => {
    const { body } = await server.ask('GET', '/git/ref/heads/crowd');
    const { sha } = (body as { object: { sha: string } }).object;
    return statusOf(server.ask('PATCH', '/git/refs/heads/runs', { sha, force: false }));
  },
  'what is said of a branch that can’t be moved there': async (server) => {
    const { body } = await server.ask('GET', '/git/ref/heads/crowd');
    const { sha } = (body as { object: { sha: string } }).object;
    const answer = await server.ask('PATCH', '/git/refs/heads/runs', { sha, force: false });
    return (answer.body as { message: string }).message;
  },
  'a branch is not made twice': async (server) =>
    server
      .ask('POST', '/git/refs', { ref: 'refs/heads/runs', sha: server.main })
      .then(({ status, body }) => ({ status, message: (body as { message: string }).message })),
  'there is no branch of that name': (server) => statusOf(server.ask('GET', '/git/ref/heads/nothing')),
  'a commit of an unknown tree': (server) =>
    statusOf(server.ask('POST', '/git/commits', { message: 'x', tree: '1'.repeat(40), parents: [] })),
  'the merge base of a branch': async (server) => {
    const { body } = await server.ask('GET', `/compare/${server.main}...${server.head}`);
    return (body as { merge_base_commit: { sha: string } }).merge_base_commit.sha === server.main;
  },
  'a comment of 65,536 characters': (server) =>
    statusOf(server.ask('POST', `/issues/${server.pullRequest}/comments`, { body: 'x'.repeat(65_536) })),
  'a comment of 65,537 characters': (server) =>
    statusOf(server.ask('POST', `/issues/${server.pullRequest}/comments`, { body: 'x'.repeat(65_537) })),
  'our comment is found among 350 by marker and author, and made anew when a pass turns red': async (server) => {
    await comment(server, 'pass-shown', 1);
    const ours = async () => (await commentsOf(server)).filter(({ body }) => body.startsWith('<!-- tailgate'));
    const [planted] = await ours();
    for (let i = 0; i < 350; i++) await server.say(i % 50 === 0 ? (planted?.body ?? '') : `comment ${i}`);
    await comment(server, 'pass-shown', 2);
    const kept = (await ours()).filter(({ user }) => user.login === server.login).length;
    await comment(server, 'fail-regressed', 3);
    const comments = await ours();
    const byUs = comments.filter(({ user }) => user.login === server.login);
    return { kept, byUs: byUs.length, isLast: comments.at(-1) === byUs[0], byOthers: comments.length - byUs.length };
  },
  'a check run': (server) =>
    statusOf(
      server.ask('POST', '/check-runs', {
        ...{ name: 'shop', head_sha: server.head, status: 'completed', conclusion: 'failure' },
        output: { title: 'FAIL', summary: 'slower' },
      }),
    ),
  'a check run with a summary of 65,536 characters': (server) =>
    statusOf(
      server.ask('POST', '/check-runs', {
        ...{ name: 'shop', head_sha: server.head, status: 'completed', conclusion: 'failure' },
        output: { title: 'FAIL', summary: 'x'.repeat(65_536) },
      }),
    ),
  'an unknown token': (server) => statusOf(server.ask('GET', '/git/ref/heads/main', undefined, 'ghs_unknown')),
  'a job without `contents: write`': (server) =>
    statusOf(
      server.ask('POST', '/git/blobs', { content: 'x', encoding: 'utf-8' }, server.tokenWith({ contents: 'read' })),
    ),
};

interface Difference {
  readonly forge: unknown;
  readonly emulate: unknown;
  /** Which of them does as GitHub does, and how that is known. */
  readonly why: string;
}

/** Where the two don't agree. One that is gone fails the test as a new one does. */
export const differences: Readonly<Record<string, Difference>> = {
  'what is said of a branch that can’t be moved there': {
    forge: 'Update is not a fast forward',
    emulate: 'Update is not a fast-forward',
    why: 'GitHub writes it without the hyphen; the client takes both.',
  },
  'a comment of 65,537 characters': {
    forge: 422,
    emulate: 201,
    why: 'GitHub refuses it, as reports of users of other comment actions show; emulate knows no limit.',
  },
  'a check run with a summary of 65,536 characters': {
    forge: 422,
    emulate: 201,
    why: 'GitHub’s own description allows 65,535; emulate knows no limit.',
  },
  'an unknown token': { forge: 401, emulate: 200, why: 'emulate takes any token for somebody.' },
  'a job without `contents: write`': { forge: 403, emulate: 201, why: 'emulate has no permissions of jobs.' },
};
