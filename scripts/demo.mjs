// The main job, shown on the demo shop: record baselines, measure the unchanged shop (passes), measure a build in which
// the product list makes one query per item (fails and names the endpoint). Everything runs on this machine, with real
// k6 and the command line that users run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const baselineRuns = 4;
const directory = 'demo-report';
const load = { DURATION: '20s', RATE: '120' };
const children = new Set();

process.once('SIGINT', () => stop(130));
process.once('SIGTERM', () => stop(143));

try {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const began = Date.now();

  say(`1. Record ${baselineRuns} runs of the shop as it is on main`);
  const shop = await startShop({});
  for (let run = 1; run <= baselineRuns; run++) {
    say(`   run ${run} of ${baselineRuns}`);
    await expectExit(0, 'record', shop.url, `${directory}/baseline-${run}`);
  }

  say('\n2. A pull request that changes nothing: expected to pass');
  await expectExit(0, 'run', shop.url, `${directory}/unchanged`);
  await shop.stop();

  say('\n3. A pull request that queries the database once per product: expected to fail');
  const slowShop = await startShop({ SHOP_N_PLUS_ONE: '1' });
  await expectExit(1, 'run', slowShop.url, `${directory}/n-plus-one`);
  await slowShop.stop();

  say(`\nDone in ${Math.round((Date.now() - began) / 1000)} s. Both came out as expected. The reports:`);
  for (const name of ['unchanged', 'n-plus-one']) say(`   ${directory}/${name}/report.md and report.json`);
} catch (error) {
  console.error(`\nThe demo did not go as expected: ${error.message}`);
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill('SIGTERM');
}

/** Starts a shop on a free port, with the given switches, and waits until it says where it listens. */
async function startShop(switches) {
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
async function expectExit(expected, command, url, reportDir) {
  const flags = {
    name: 'demo',
    'target-url': url,
    script: 'k6-scripts/steady.js',
    env: Object.entries(load)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    'baseline-store': `dir:${directory}/baselines`,
    'report-dir': reportDir,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
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

function say(text) {
  console.log(text);
}

function stop(code) {
  for (const child of children) child.kill('SIGTERM');
  process.exit(code);
}
