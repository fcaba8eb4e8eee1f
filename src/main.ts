import { debug, setFailed } from '@actions/core';
import { readJob } from './commands/action-job.ts';
import { calibrate, compare, decide, finish, measure, record } from './commands/in-action.ts';
import { GateError } from './errors.ts';

/** The Action: inputs in, gate, outputs and exit code out. */
async function main(): Promise<void> {
  const job = await readJob(process.env, cancelSignal());
  switch (job.useCase) {
    case 'calibrate':
      return calibrate(job);
    case 'measure':
      return finish(await measure(job), job);
    case 'decide':
      return finish(await decide(job), job);
    case 'record':
      return finish(await record(job), job);
    case 'compare':
      return finish(await compare(job), job);
  }
}

/** The runner cancels with SIGINT, SIGTERM 7.5 s later, and a kill 2.5 s after that. */
function cancelSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort(name));
  return controller.signal;
}

// A log that can't be written must not look like a failed gate.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await main();
} catch (error) {
  if (error instanceof Error && error.stack !== undefined) debug(error.stack);
  if (error instanceof GateError) setFailed(`${error.message}\n${error.hint} (${error.code})`);
  else setFailed(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof GateError ? error.exitCode : 3;
}
