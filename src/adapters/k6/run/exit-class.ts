import type { RunExit } from '../../../core/run-record/run-record.ts';

/** How a k6 process ended, as the operating system tells it. */
export interface ProcessEnd {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** Who stopped k6 before its time, if anyone: `budget` is a wish of the user and leaves the data usable. */
export type StopReason = 'budget' | 'timeout' | 'abort' | 'target-not-used';

const classByCode: Readonly<Record<number, RunExit['class']>> = {
  0: 'ran',
  97: 'aborted', // a cloud run failed
  98: 'aborted', // progress of a cloud run lost
  99: 'ran', // thresholds crossed: the data are complete, or cut where a threshold aborts
  100: 'could-not-run', // setup timed out
  101: 'ran', // teardown timed out, after the load
  102: 'ran', // another timeout, such as that of handleSummary
  103: 'aborted', // stopped through the REST API
  104: 'could-not-run', // invalid options
  105: 'aborted', // SIGINT or SIGTERM
  106: 'could-not-run', // the REST API could not bind
  107: 'could-not-run', // the script threw outside an iteration, or did not load
  108: 'aborted', // exec.test.abort()
  109: 'could-not-run', // k6 panicked
  110: 'ran', // exec.test.fail()
  137: 'aborted', // killed, most often by the kernel for want of memory
  143: 'aborted', // terminated
  255: 'could-not-run', // anything that k6 has no code for
};

/** The class of an ending by k6's exit codes (errext/exitcodes/codes.go, k6 1.8.1 and 2.2.0). */
export function classifyExit(end: ProcessEnd, stoppedBy?: StopReason): RunExit['class'] {
  if (stoppedBy === 'budget' && (end.code === 105 || end.code === 0 || end.code === 99)) return 'ran';
  if (stoppedBy === 'budget' && end.signal !== undefined) return 'ran';
  if (stoppedBy !== undefined && stoppedBy !== 'budget') return 'aborted';
  if (end.signal !== undefined) return 'aborted';
  return classByCode[end.code ?? 255] ?? 'could-not-run';
}

/** Order of the classes from good to bad, for runs of several scripts. */
export function worseClass(a: RunExit['class'], b: RunExit['class']): RunExit['class'] {
  const order: readonly RunExit['class'][] = ['ran', 'aborted', 'could-not-run'];
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}
