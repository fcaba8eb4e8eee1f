/**
 * One block of load in a process of its own, so that processor time can be told apart: by k6 alone, its samples written to
 * nowhere, or measured by Tailgate. Takes its task as JSON in the first argument and prints CPU times and the wall time.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { parseCpuTimeMs } from '../../src/adapters/k6/run/generator-watch.ts';
import type { Log } from '../../src/ports.ts';

interface LoadTask {
  readonly how: 'nowhere' | 'tailgate';
  readonly k6Path: string;
  readonly url: string;
  readonly script: string;
  readonly summaryFile: string;
  readonly variables: Readonly<Record<string, string>>;
}

const task = JSON.parse(process.argv[2] ?? '{}') as LoadTask;
const summary = ['--summary-export', task.summaryFile, '--summary-trend-stats', 'p(50),p(95),p(99)'];
if (task.how === 'nowhere') await loadWithK6();
else await loadWithTailgate();
const { user, system } = process.cpuUsage();
const ownS = (user + system) / 1e6;
const allS = (parseCpuTimeMs(readFileSync('/proc/self/stat', 'latin1')) ?? 0) / 1000;
console.log(JSON.stringify({ ownS, k6CpuS: allS - ownS, wallS: performance.now() / 1000 }));

async function loadWithK6(): Promise<void> {
  const variables = { BASE_URL: task.url, ...task.variables };
  const environment = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const args = ['run', '--quiet', '--no-usage-report', '--out', 'json=/dev/null', ...summary, ...environment];
  await promisify(execFile)(task.k6Path, [...args, task.script], { maxBuffer: 64 * 1024 * 1024 });
}

async function loadWithTailgate(): Promise<void> {
  // Loading the gate is part of what it costs; k6 alone shouldn't pay for it.
  const { k6Measurer } = await import('../../src/wiring/k6-measurer.ts');
  const { loadConfig } = await import('../../src/wiring/load-config.ts');
  const log: Log = { info: () => {}, warn: (message) => console.error(message), debug: () => {} };
  const config = await loadConfig({
    inputs: {
      name: 'overhead',
      'target-url': task.url,
      script: task.script,
      env: Object.entries(task.variables)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n'),
      'k6-path': task.k6Path,
      'k6-args': summary.join(' '),
    },
    needs: 'load',
  });
  const store = { label: 'no store', list: async () => ({ records: [], warnings: [] }), append: async () => {} };
  const measurer = k6Measurer(config, { mode: 'record', store, provenance: {}, log });
  const measurement = await measurer.measure(new AbortController().signal);
  if (measurement.kind !== 'measured') throw new Error(measurement.detail);
}
