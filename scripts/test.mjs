// Every check and test of the project, in one command. Parallel work first; what measures runs last, alone, in one
// worker. The last line is `N passed, N failed`, each check counting as one.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const parts = ['checks', 'unit', 'live'].filter((part) => values.only === undefined || values.only === part);
const scratch = await mkdtemp(join(tmpdir(), 'tailgate-test-'));
let passed = 0;
let failed = 0;
const failures = [];

/** Runs a command with its output shown; resolves to its exit code (127 when it can't be started). */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
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
} finally {
  await rm(scratch, { recursive: true, force: true });
}
if (failures.length > 0) console.log(`\nfailed: ${failures.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
