// What both demos need: shops that end with the demo, and the command line that users run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

export const directory = 'demo-report';
const children = new Set();

/** Runs a demo in an empty report folder; ends every process that it started, and sets the exit code. */
export async function onStage(demo) {
  process.once('SIGINT', () => stop(130));
  process.once('SIGTERM', () => stop(143));
  try {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const began = Date.now();
    await demo();
    say(`\nDone in ${Math.round((Date.now() - began) / 1000)} s. Both came out as expected. The reports:`);
    for (const name of ['unchanged', 'n-plus-one'])
      say(`   ${directory}/${name}/report.html, report.md and report.json`);
  } catch (error) {
    console.error(`\nThe demo did not go as expected: ${error.message}`);
    process.exitCode = 1;
  } finally {
    for (const child of children) child.kill('SIGTERM');
  }
}

/** Starts a shop on a free port, with the given switches, and waits until it says where it listens. */
export async function startShop(switches) {
  const child = spawn(process.execPath, ['examples/demo-shop/server.ts', '--port', '0'], {
    env: { ...process.env, ...switches },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const exited = once(child, 'exit').finally(() => children.delete(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listening on (\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    const stopShop = async () => {
      child.kill('SIGTERM');
      await exited;
    };
    return { url, stop: stopShop };
  }
  throw new Error('the demo shop did not start');
}

/** Runs one command of the command line and shows its report and progress, without k6's own summary. */
export async function expectExit(expected, command, flags) {
  const all = { name: 'demo', script: 'k6-scripts/steady.js', ...flags };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, ['dist/cli.mjs', command, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
  children.add(child);
  const exited = once(child, 'exit').finally(() => children.delete(child));
  for await (const line of createInterface({ input: child.stderr })) {
    // k6 indents its summary.
    if (/^\S/.test(line)) say(`   · ${line}`);
  }
  const [code] = await exited;
  if (code !== expected) throw new Error(`"tailgate ${command}" ended with ${code} where ${expected} was expected`);
}

/** Variables for the load script, as the `env` input takes them. */
export function environment(variables) {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}

export function say(text) {
  console.log(text);
}

function stop(code) {
  for (const child of children) child.kill('SIGTERM');
  process.exit(code);
}
