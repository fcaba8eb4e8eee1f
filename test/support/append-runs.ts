import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { GateError } from '../../src/errors.ts';
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
  await appendAtLast(aMeasuredRun(undefined, { id }));
  process.stdout.write(`stored ${id}\n`);
}

/** A job that gave up after two minutes is run again, which its message advises. */
async function appendAtLast(record: RunRecord): Promise<void> {
  for (;;) {
    try {
      return await store.append(record);
    } catch (error) {
      const isToBeRunAgain = error instanceof GateError && error.hint.includes('Run the job again');
      if (!isToBeRunAgain || process.env['TEST_RUN_AGAIN'] !== 'yes') throw error;
      process.stdout.write(`gave up ${record.id}: ${error.message}\n`);
    }
  }
}
