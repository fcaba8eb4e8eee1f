import { toPlainLines } from '../core/report/escape.ts';
import { GateError } from '../errors.ts';
import { type PrintedCommand, renderCommand } from '../printed-command.ts';

/** What `program.ts` loads when a command is really run; one bundle, so that `tailgate --version` reads none of it. */
export { acceptBaseline } from './accept-baseline.ts';
export { listBaseline, pruneBaseline, showBaseline } from './baseline.ts';
export { calibrate } from './calibrate.ts';
export { compare } from './compare.ts';
export { decide } from './decide.ts';
export { doctor } from './doctor.ts';
export { importFile } from './import-file.ts';
export { run } from './run.ts';
export { reportTrend } from './trend.ts';

/** A fault of our own must not look like a failed gate. */
const brokenExitCode = 3;

/** On a line of its own, as it is pasted. */
function commandLine(command: PrintedCommand | undefined): string {
  return command === undefined ? '' : `    ${renderCommand(command)}\n`;
}

/** Tells of a broken gate what happened and what to change; anything else that is thrown is a fault of ours. */
export function explainFailure(error: unknown): number {
  if (error instanceof GateError) {
    const { message, hint, code, command } = error;
    process.stderr.write(`${toPlainLines(message)}\n${toPlainLines(hint)} (${code})\n${commandLine(command)}`);
    return error.exitCode;
  }
  process.stderr.write(`${toPlainLines(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
  return brokenExitCode;
}
