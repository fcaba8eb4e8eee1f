import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { encodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import { measureAndJudgeDuet } from '../../src/gate/duet.ts';
import { k6DuetMeasurer } from '../../src/wiring/k6-measurer.ts';
import { loadConfig } from '../../src/wiring/load-config.ts';
import { environment, say, startShop } from '../demo/demo-stage.mjs';
import { judgedS, pairFiles } from './pair-files.ts';

/**
 * Measures the demo shop as base and with one query per product, side by side with real k6, and keeps both run records:
 * a minute and a half of load at most.
 */
export async function measurePair() {
  const base = await startShop({ SHOP_SEED: '1' });
  const slower = await startShop({ SHOP_SEED: '2', SHOP_N_PLUS_ONE: '1' });
  try {
    const { baseline, candidate } = await duet(base.url, slower.url);
    await keep(pairFiles.baseline, baseline);
    await keep(pairFiles.candidate, candidate);
  } finally {
    await slower.stop();
    await base.stop();
  }
}

/** Without where it was measured: the port is another one each time. */
async function keep(file, record) {
  const { deployment: _, machine: __, ...provenance } = record.provenance;
  await writeFile(file, gzipSync(encodeRunRecord({ ...record, provenance }), { level: 9 }));
}

async function duet(baselineUrl, targetUrl) {
  const config = await loadConfig({
    inputs: {
      mode: 'duet',
      name: 'demo',
      script: 'k6-scripts/steady.js',
      'baseline-url': baselineUrl,
      'target-url': targetUrl,
      // Longer than the warm-up and the judged time: the gate ends the load.
      env: environment({ DURATION: `${judgedS + 30}s`, RATE: '80' }),
      'time-budget': `${judgedS}s`,
      'duet-order': 'concurrent',
    },
    needs: 'load',
  });
  const log = { info: say, warn: (message) => say(`warning: ${message}`), debug: () => {} };
  const provenance = { baseline: { branch: 'main' }, candidate: { branch: 'one-query-per-product' } };
  const measurer = k6DuetMeasurer(config, { provenance, log });
  let measurement;
  const remembering = {
    measure: async (begin, signal) => {
      measurement = await measurer.measure(begin, signal);
      return measurement;
    },
  };
  const progress = { show: () => {}, end: () => {} };
  const { signal } = new AbortController();
  await measureAndJudgeDuet(config, { measurer: remembering, progress, signal }, { stored: [], warnings: [] });
  if (measurement.kind !== 'measured') throw new Error(`not measured: ${measurement.detail}`);
  return measurement;
}
