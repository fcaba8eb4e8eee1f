// Every check and test of the project, in one command. Parallel work first; what measures runs last, alone, in one
// worker. The last line is `N passed, N failed`, each check counting as one.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scanForSecrets } from '../test/support/secret-scan.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const parts = ['checks', 'unit', 'live'].filter((part) => values.only === undefined || values.only === part);
const scratch = await mkdtemp(join(tmpdir(), 'tailgate-test-'));
let passed = 0;
let failed = 0;
const failures = [];

/** Runs a command with its output shown and kept; resolves to its exit code (127 when it can't be started). */
function run(command, args) {
  return new Promise((resolve) => {
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const env = { ...process.env, ...color, TAILGATE_TEST_SCAN: scratch };
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const name of ['stdout', 'stderr']) {
      let text = '';
      child[name].setEncoding('utf8').on('data', (part) => {
        process[name].write(part);
        text += part;
      });
      child[name].on('close', () => keep(`${command} ${args[0]}`, text));
    }
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function keep(source, text) {
  appendFileSync(join(scratch, 'output-console.jsonl'), `${JSON.stringify({ source, text })}\n`);
}

/** What the tests kept of their secrets and of everything that was put out (`test/support/kept-output.ts`). */
async function checkSecrets() {
  const { secrets, outputs, characters, found } = await scanForSecrets(scratch);
  console.log('\n── no secret in any output');
  console.log(`${secrets} secrets of the tests, ${outputs} outputs of ${characters} characters: ${found.length} found`);
  for (const line of found) console.log(line);
  if (found.length === 0 && secrets > 0) passed++;
  else {
    failed++;
    failures.push('no secret in any output');
  }
}

async function check(title, command, ...args) {
  console.log(`\n── ${title}`);
  if ((await run(command, args)) === 0) passed++;
  else {
    failed++;
    failures.push(title);
  }
}

async function vitest(project) {
  console.log(`\n── ${project} tests`);
  const resultFile = join(scratch, `${project}.json`);
  const code = await run('vitest', [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${resultFile}`,
  ]);
  const result = await readFile(resultFile, 'utf8').then(JSON.parse, () => undefined);
  passed += result?.numPassedTests ?? 0;
  // A crash outside of any test, or tests that never ran, is a failure too.
  const failedTests = (result?.numFailedTests ?? 0) + (result?.numPendingTests ?? 0);
  failed += code !== 0 ? Math.max(1, failedTests) : failedTests;
  if (code !== 0 || failedTests > 0) failures.push(`${project} tests`);
}

try {
  if (parts.includes('checks')) {
    await check('format and lint', 'biome', 'ci', '--error-on-warnings', '.');
    await check('promise safety', 'oxlint', '--type-aware', '--deny-warnings');
    await check('types', 'tsc');
    await check('dead code', 'knip');
    await check('generated documents are current', 'node', 'scripts/update-docs.mjs', '--check');
    await check('dist is current', 'node', 'scripts/check-dist.mjs');
  }
  if (parts.includes('unit')) await vitest('unit');
  if (parts.includes('live')) await vitest('live');
  if (parts.some((part) => part !== 'checks')) await checkSecrets();
} finally {
  await rm(scratch, { recursive: true, force: true });
}
if (failures.length > 0) console.log(`\nfailed: ${failures.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
