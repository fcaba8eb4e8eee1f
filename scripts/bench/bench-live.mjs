import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findK6 } from '../../src/adapters/k6/binary/find-k6.ts';
import { toolCacheDir } from '../../src/adapters/k6/binary/k6-cache.ts';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Budget: reading takes at most 5 % of k6's own processor time. A quiet machine tells most; ratios hold on any. */
export async function benchLive({ rates, seconds, repeats, version }) {
  if (process.platform !== 'linux') {
    console.log('reading live: skipped, since the processor time of k6 is known on Linux only');
    return;
  }
  const log = { info: console.log, warn: console.log, debug: () => {} };
  const places = { environment: process.env, cacheDir: toolCacheDir(process.env), packageRoot: resolve(here('../..')) };
  const { path } = await findK6({ version, ...places, log });
  const server = spawn(process.execPath, [here('tiny-server.mjs')], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  try {
    const [port] = await once(server.stdout, 'data');
    const url = `http://127.0.0.1:${String(port).trim()}`;
    for (const rate of rates) {
      for (let repeat = 0; repeat < repeats; repeat++) await compareOnce([path, url, String(rate), String(seconds)]);
    }
  } finally {
    server.kill();
  }
}

async function compareOnce(setting) {
  const nowhere = await runLive([...setting, 'nowhere']);
  const ours = await runLive([...setting, 'ours']);
  const [, , rate, seconds] = setting;
  const share = (part) => `${((part / ours.k6CpuS) * 100).toFixed(1)} %`;
  const readingS = ours.readerCpuS - nowhere.readerCpuS;
  console.log(
    `reading live, ${rate} requests/s for ${seconds} s: reader ${ours.readerCpuS.toFixed(2)} CPU s, ` +
      `k6 ${ours.k6CpuS.toFixed(2)} CPU s, share ${share(ours.readerCpuS)}, ` +
      `${share(readingS)} without what starting k6 takes (budget 5 %); ` +
      `${((readingS / ours.requests) * 1e6).toFixed(1)} us per request in ${ours.pieces} pieces, ` +
      `peak ${ours.peakMegabytes.toFixed(0)} MB; ` +
      `k6 p50 ${ours.p50}, p99 ${ours.p99}; writing to nowhere: ${nowhere.k6CpuS.toFixed(2)} CPU s, p50 ${nowhere.p50}, p99 ${nowhere.p99}`,
  );
}

async function runLive(args) {
  const { stdout } = await promisify(execFile)(process.execPath, [here('read-live.mjs'), ...args]);
  return JSON.parse(stdout);
}
