import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findK6 } from '../../src/adapters/k6/binary/find-k6.ts';
import { toolCacheDir } from '../../src/adapters/k6/binary/k6-cache.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { type Arm, type OverheadRow, parseSummary } from './overhead-row.ts';
import { startProgram, startShopProgram } from './owned-program.ts';

interface OverheadSetting {
  readonly root: string;
  /** The bundled `load-process.ts`. */
  readonly program: string;
  readonly code: string;
  readonly rate: number;
  /** Length of one block of load. */
  readonly blockS: number;
}

/** Both comparisons' next pair of blocks, on two shops that stay; each call measures one pair. */
export interface OverheadBench extends AsyncDisposable {
  measure(comparison: OverheadRow['comparison'], pair: number): Promise<OverheadRow>;
}

export async function openOverheadBench(setting: OverheadSetting): Promise<OverheadBench> {
  const { root, rate, blockS, code } = setting;
  const k6 = await findK6({
    version: '2.2.0',
    environment: process.env,
    cacheDir: toolCacheDir(process.env),
    packageRoot: root,
    log: { info: console.error, warn: console.error, debug: () => {} },
  });
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-overhead-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const own = started.use(await startShopProgram(root, { SHOP_DB_ROUND_TRIP_MS: '20' }));
  const other = started.use(await startShopProgram(root, { SHOP_DB_ROUND_TRIP_MS: '20', SHOP_SEED: '2' }));

  let blocks = 0;
  const measureLoad = async (how: 'nowhere' | 'tailgate', url: string): Promise<Arm> => {
    const summaryFile = join(folder, `summary-${++blocks}.json`);
    const variables = { RATE: String(rate), DURATION: `${blockS}s` };
    const task = { how, k6Path: k6.path, url, script: 'k6-scripts/steady.js', summaryFile, variables };
    await using load = startProgram([setting.program, JSON.stringify(task)], {
      cwd: root,
      timeoutMs: blockS * 1000 + 60_000,
    });
    const { code: exitCode, stdout, stderr } = await load.ended;
    if (exitCode !== 0) throw new Error(`a block of load ended with ${exitCode}: ${stderr.slice(-2_000)}`);
    const { ownS, k6CpuS, wallS } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
    const latency = parseSummary(await readFile(summaryFile, 'utf8'));
    return { ...latency, wallS: wallS ?? 0, k6CpuS: k6CpuS ?? 0, tailgateCpuS: how === 'tailgate' ? (ownS ?? 0) : 0 };
  };
  const arms = {
    reading: { reference: () => measureLoad('nowhere', own.url), measured: () => measureLoad('tailgate', own.url) },
    sides: {
      reference: () => measureLoad('nowhere', own.url),
      measured: async () =>
        (await Promise.all([measureLoad('nowhere', own.url), measureLoad('nowhere', other.url)]))[0],
    },
  };
  const kept = started.move();
  return {
    measure: async (comparison, pair) => {
      const isReferenceFirst = seededRandom(`${comparison} ${pair}`).next() < 0.5;
      const { reference, measured } = arms[comparison];
      if (isReferenceFirst) {
        const first = await reference();
        return { code, comparison, pair, first: 'reference', reference: first, measured: await measured() };
      }
      const first = await measured();
      return { code, comparison, pair, first: 'measured', measured: first, reference: await reference() };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
