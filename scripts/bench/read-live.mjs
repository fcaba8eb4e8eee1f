// Runs k6 once and prints what k6 and reading it cost: node read-live.mjs K6 URL RATE SECONDS ours|nowhere
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { K6JsonReader } from '../../src/adapters/k6/output/parse-k6-json.ts';
import { startK6 } from '../../src/adapters/k6/run/run-k6-process.ts';
import { RunCollector } from '../../src/core/run-record/collect-run.ts';

const [k6, url, rate, seconds, how] = process.argv.slice(2);
const collector = new RunCollector({ warmUpMs: 0 });
let summary = '';
const reader = new K6JsonReader({
  onSample: (sample) => collector.add(sample),
  onText: (text) => {
    summary += text;
  },
});
let pieces = 0;
const output = how === 'nowhere' ? [] : ['--out', 'json=-'];
const variables = { RATE: rate, DURATION: `${seconds}s`, BASE_URL: url };
const before = process.cpuUsage();
const running = await startK6({
  path: k6,
  args: [
    ...['run', '--quiet', '--no-usage-report', '--summary-trend-stats', 'p(50),p(99)', ...output],
    ...Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
    fileURLToPath(new URL('steady-load.js', import.meta.url)),
  ],
  cwd: tmpdir(),
  environment: process.env,
  onStdout: (chunk) => {
    pieces++;
    reader.push(chunk);
  },
  onStderr: (chunk) => process.stderr.write(chunk),
});
const { code } = await running.ended;
reader.end();
const cpu = process.cpuUsage(before);
if (code !== 0) throw new Error(`k6 ended with ${code}`);
const [, p50, p99] = /http_req_duration[^\n]*p\(50\)=(\S+) +p\(99\)=(\S+)/.exec(summary) ?? [];
console.log(
  JSON.stringify({
    k6CpuS: childrensCpuS(),
    readerCpuS: (cpu.user + cpu.system) / 1e6,
    requests: reader.points.requests,
    pieces,
    p50,
    p99,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  }),
);

/** Processor time of children that have ended; ticks of /proc are 10 ms. */
function childrensCpuS() {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
