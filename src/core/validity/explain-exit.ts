import type { RunRecord } from '../run-record/run-record.ts';
import type { InvalidReason } from './validity.ts';

interface Explanation {
  readonly kind: 'invalid';
  readonly reason: InvalidReason;
  readonly detail: string;
  readonly hint: string;
}

/** Why a run whose k6 did not finish can't be judged; undefined for one that ran to its end. */
export function explainExit(record: RunRecord): Explanation | undefined {
  const { exit } = record;
  if (exit.class === 'ran') return undefined;
  const said = exit.message === undefined ? '' : `: ${exit.message}`;
  if (exit.class === 'could-not-run') {
    return {
      kind: 'invalid',
      reason: 'k6-could-not-run',
      detail: `k6 could not run the script${ended(record)}${said}`,
      hint: couldNotRunHint(exit.code),
    };
  }
  const after = `after ${(record.durationMs / 1000).toFixed(0)} s`;
  if (isKilled(record)) {
    return {
      kind: 'invalid',
      reason: 'k6-aborted',
      detail: `k6 was killed ${after}${ended(record)}${said}`,
      hint: 'Most often the machine ran out of memory: use fewer VUs, set `discardResponseBodies`, or take a larger runner.',
    };
  }
  if (exit.code === 105 || exit.signal !== undefined) {
    return {
      kind: 'invalid',
      reason: 'cut-short',
      detail: `the run was interrupted ${after}${said}`,
      hint: 'Run it again and let it finish; a shorter measurement is set by `time-budget`.',
    };
  }
  return {
    kind: 'invalid',
    reason: 'k6-aborted',
    detail: `the run was aborted ${after}${ended(record)}${said}`,
    hint:
      exit.code === 108
        ? 'The script called exec.test.abort(); see its condition for doing so.'
        : 'See what k6 logged above; if it repeats, run the script by itself with k6.',
  };
}

function isKilled({ exit }: RunRecord): boolean {
  return exit.signal === 'SIGKILL' || exit.code === 137;
}

function ended({ exit }: RunRecord): string {
  if (exit.signal !== undefined) return ` (${exit.signal})`;
  return exit.code === undefined ? '' : ` (exit code ${exit.code})`;
}

function couldNotRunHint(code: number | undefined): string {
  switch (code) {
    case 100:
      return 'setup() took longer than `setupTimeout`: see which of its requests hangs, or raise the limit in the script.';
    case 104:
      return 'Correct the options or thresholds of the script; `k6 inspect SCRIPT` shows how k6 reads them.';
    case 106:
      return 'The address given with --address is taken: choose another in `k6-args`, or leave it out.';
    case 107:
      return 'Correct the script at the place that k6 names; `k6 inspect SCRIPT` repeats the error without any load.';
    case 109:
      return 'k6 itself crashed: try the other supported version with `k6-version`.';
    default:
      return 'Run the same script with k6 by itself, and see that the flags in `k6-args` exist in this version.';
  }
}
