// Real git against the forge: a shallow fetch of one commit with the job's token, then a checkout.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const { env } = process;
const input = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();

const repository = input('repository') || env.GITHUB_REPOSITORY;
const folder = join(env.GITHUB_WORKSPACE, input('path'));
const server = env.GITHUB_SERVER_URL;
const isOwn = repository === env.GITHUB_REPOSITORY;
const wanted = input('ref') || (isOwn ? env.GITHUB_SHA : 'HEAD');
const isPullRequestOfFork = env.GITHUB_EVENT_NAME === 'pull_request_target' || env.GITHUB_EVENT_NAME === 'workflow_run';
if (isPullRequestOfFork && /^refs\/pull\//.test(wanted)) {
  console.log('::error::Refusing to check out pull request code under an event that holds secrets');
  process.exit(1);
}

const basic = Buffer.from(`x-access-token:${input('token')}`).toString('base64');
console.log(`::add-mask::${basic}`);
const headerKey = `http.${server}/.extraheader`;
const header = `AUTHORIZATION: basic ${basic}`;
const git = (...args) =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

mkdirSync(folder, { recursive: true });
git('init', '--quiet', '.');
git('config', 'gc.auto', '0');
git('remote', 'add', 'origin', `${server}/${repository}.git`);
const depth = Number(input('fetch-depth') || '1');
const refs = depth === 0 ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] : [];
const depthFlag = depth === 0 ? [] : [`--depth=${depth}`];
git('-c', `${headerKey}=${header}`, 'fetch', '--quiet', '--no-tags', ...depthFlag, 'origin', wanted, ...refs);
const commit = git('rev-parse', 'FETCH_HEAD').trim();
const branch = !input('ref') && isOwn && /^refs\/heads\/(.+)$/.exec(env.GITHUB_REF ?? '')?.[1];
git('checkout', '--quiet', '--force', ...(branch ? ['-B', branch] : ['--detach']), commit);
if (input('persist-credentials') !== 'false') git('config', '--local', headerKey, header);
appendFileSync(env.GITHUB_OUTPUT, `commit=${commit}\n`);
appendFileSync(env.GITHUB_STATE, `folder=${folder}\nkey=${headerKey}\n`);
console.log(`Checked out ${repository} at ${commit}`);
