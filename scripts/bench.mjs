// Measures what the design promises and prints it beside the promise: npm run bench [-- --requests N --seconds N --repeats N --k6 VERSION --keep]
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { benchLive } from './bench/bench-live.mjs';
import { writeK6Json } from './bench/write-k6-json.mjs';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '60' },
    repeats: { type: 'string', default: '2' },
    k6: { type: 'string', default: '2.2.0' },
    keep: { type: 'boolean', default: false },
  },
});
await benchComment();
const requests = Number(values.requests);
if (requests > 0) await benchReading(requests);
await benchLive({
  rates: [300, 800],
  seconds: Number(values.seconds),
  repeats: Number(values.repeats),
  version: values.k6,
});

/** Budget: 50 ms for 200 endpoints, in a process that has rendered nothing before. */
async function benchComment() {
  const runs = [];
  for (let i = 0; i < 5; i++) runs.push(await runScript('comment-once.mjs'));
  const [, , { buildCpuMs, cpuMs, wallMs, characters }] = runs.sort((a, b) => a.cpuMs - b.cpuMs);
  console.log(
    `comment, 200 endpoints: ${cpuMs.toFixed(0)} ms of processor time (budget 50; median of 5 processes), ` +
      `${wallMs.toFixed(0)} ms by the clock, ${characters} characters; building its report took ${buildCpuMs.toFixed(0)} ms`,
  );
}

/** Budget: 400 MB/s on one core, and memory that doesn't grow with the run. */
async function benchReading(requests) {
  const file = join(tmpdir(), `tailgate-bench-${requests}.json`);
  console.log(`writing ${requests} requests of k6 JSON to ${file}`);
  await writeK6Json(file, requests);
  for (const how of ['ours', 'ours', 'naive']) {
    const cost = await readOnce(file, how);
    const rate = (cost.megabytes / cost.cpuS).toFixed(0);
    const wallRate = (cost.megabytes / cost.wallS).toFixed(0);
    const perRequest = ((cost.cpuS / cost.requests) * 1e6).toFixed(2);
    console.log(
      `reading, ${how}: ${rate} MB per CPU second (${wallRate} MB/s of wall time; budget 400), ` +
        `${perRequest} us per request, peak ${cost.peakMegabytes.toFixed(0)} MB, ${cost.requests} requests, ${cost.megabytes.toFixed(0)} MB`,
    );
  }
  if (!values.keep) await rm(file);
}

function readOnce(file, how) {
  return runScript('read-once.mjs', file, how);
}

async function runScript(name, ...args) {
  const script = fileURLToPath(new URL(`bench/${name}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return JSON.parse(stdout);
}
