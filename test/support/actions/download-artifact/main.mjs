// Real files, from where upload-artifact put them. Another run's need a token with `actions: read`, which the forge checks.
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const { env } = process;
const input = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();

const run = input('run-id') || env.GITHUB_RUN_ID;
if (run !== env.GITHUB_RUN_ID) await askForge(run);
const source = join(env.TEST_ARTIFACTS, run);
const target = resolve(env.GITHUB_WORKSPACE, input('path'));
const names = existsSync(source) ? readdirSync(source) : [];
const name = input('name');
if (name && !names.includes(name)) fail(`Unable to download artifact(s): Artifact not found for name: ${name}`);
const pattern = input('pattern') || '*';
const expression = new RegExp(
  `^${pattern
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')}$`,
);
const wanted = name ? [name] : names.filter((each) => expression.test(each));
const isFlat = name !== '' || input('merge-multiple') === 'true';
mkdirSync(target, { recursive: true });
for (const each of wanted) cpSync(join(source, each), isFlat ? target : join(target, each), { recursive: true });
appendFileSync(env.GITHUB_OUTPUT, `download-path=${target}\n`);
console.log(`Downloaded ${wanted.length} artifacts: ${wanted.join(', ')}`);

async function askForge(id) {
  const token = input('github-token');
  if (!token) fail(`Unable to download artifact(s): run ${id} is another run, and there is no github-token`);
  const answer = await fetch(`${env.GITHUB_API_URL}/repos/${input('repository')}/actions/runs/${id}/artifacts`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
  });
  if (!answer.ok) fail(`Unable to download artifact(s): ${answer.status} ${await answer.text()}`);
}

function fail(message) {
  console.log(`::error::${message}`);
  process.exit(1);
}
