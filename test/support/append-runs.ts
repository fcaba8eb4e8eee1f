import { openStore } from '../../src/wiring/open-store.ts';
import { aMeasuredRun } from './a-measured-run.ts';
import { recordedLog } from './recorded-log.ts';

/** A writer process: `append-runs.ts WRITER COUNT` stores COUNT runs on the branch, with what the environment says. */
const [writer = '0', count = '1'] = process.argv.slice(2);
const store = openStore(
  { baselineStore: { kind: 'branch', name: 'tailgate-baselines' } },
  { environment: process.env, token: process.env['TEST_TOKEN'] ?? '', log: recordedLog() },
);
for (let i = 0; i < Number(count); i++) {
  const id = `2026-11-25T10:00:00Z-w${writer}-${i}`;
  await store.append(aMeasuredRun(undefined, { id }));
  process.stdout.write(`stored ${id}\n`);
}
