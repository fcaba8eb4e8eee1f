// Reads one k6 JSON file in a process of its own and prints what that cost: node read-once.mjs FILE ours|naive
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';

const [file, how] = process.argv.slice(2);
const cpuBefore = process.cpuUsage();
const start = performance.now();
const requests = how === 'naive' ? await readNaively(file) : await readWithTailgate(file);
const wallS = (performance.now() - start) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const cpuS = (cpu.user + cpu.system) / 1e6;
const megabytes = statSync(file).size / 1e6;
console.log(JSON.stringify({ requests, megabytes, wallS, cpuS, peakMegabytes: process.resourceUsage().maxRSS / 1024 }));

async function readWithTailgate(path) {
  const { readK6File } = await import('../../src/adapters/k6/output/read-k6-file.ts');
  const record = await readK6File(path, { warmUpMs: 0 });
  return record.endpoints
    .flatMap((series) => series.blocks)
    .reduce((sum, block) => sum + block.latency.count + block.failedRequests, 0);
}

/** What anyone would write first: a line reader and JSON.parse. */
async function readNaively(path) {
  const sketches = new Map();
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const { type, metric, data } = JSON.parse(line);
    if (type !== 'Point' || metric !== 'http_req_duration') continue;
    const key = `${data.tags.method} ${data.tags.name} ${Math.floor(Date.parse(data.time) / 5000)}`;
    if (!sketches.has(key)) sketches.set(key, new LatencySketch());
    sketches.get(key).add(data.value);
    count++;
  }
  return count;
}
