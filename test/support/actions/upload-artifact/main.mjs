// Real files: ARTIFACTS/RUN/NAME/ holds what the workflow uploads. Names are taken once, as on GitHub.
import { appendFileSync, cpSync, existsSync, globSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const { env } = process;
const input = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();

const name = input('name') || 'artifact';
if (/["<>|*?:\r\n\\/]/.test(name)) fail(`The artifact name is not valid: ${name}`);
const lines = input('path')
  .split('\n')
  .map((line) => line.trim())
  .filter(Boolean);
const included = lines.filter((line) => !line.startsWith('!'));
const excluded = new Set(lines.filter((line) => line.startsWith('!')).flatMap((line) => filesOf(line.slice(1))));
const files = included.flatMap(filesOf).filter((file) => !excluded.has(file) && !isHidden(file));
if (files.length === 0) {
  const message = `No files were found with the provided path: ${lines.join(', ')}. No artifacts will be uploaded.`;
  const how = input('if-no-files-found') || 'warn';
  if (how === 'error') fail(message);
  if (how === 'warn') console.log(`::warning::${message}`);
  process.exit(0);
}

const target = join(env.TEST_ARTIFACTS, env.GITHUB_RUN_ID, name);
if (existsSync(target) && input('overwrite') !== 'true') {
  fail(
    `Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run`,
  );
}
rmSync(target, { recursive: true, force: true });
const root = rootOf(files);
for (const file of files) {
  const to = join(target, relative(root, file));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(file, to);
}
appendFileSync(env.GITHUB_OUTPUT, `artifact-id=${Date.now()}\n`);
console.log(`Artifact ${name} has been uploaded with ${files.length} files`);

function fail(message) {
  console.log(`::error::${message}`);
  process.exit(1);
}

function filesOf(pattern) {
  const found = globSync(resolve(env.GITHUB_WORKSPACE, pattern));
  return found
    .flatMap((path) => (statSync(path).isDirectory() ? globSync(join(path, '**')) : [path]))
    .filter((path) => statSync(path).isFile());
}

function isHidden(file) {
  if (input('include-hidden-files') === 'true') return false;
  return relative(env.GITHUB_WORKSPACE, file)
    .split(sep)
    .some((part) => part.startsWith('.') && part !== '..');
}

/** One folder's content lies at the top; of several paths, what lies below the folder that they share. */
function rootOf(all) {
  const [only] = included;
  const whole = resolve(env.GITHUB_WORKSPACE, only);
  if (included.length === 1 && existsSync(whole) && statSync(whole).isDirectory()) return whole;
  let shared = dirname(all[0]);
  while (!all.every((file) => file.startsWith(shared + sep))) shared = dirname(shared);
  return shared;
}
