import { type DuetView, duetLines, duetView } from '../adapters/terminal/duet-view.ts';
import { terminalLog } from '../adapters/terminal/terminal-log.ts';
import type { DuetProgress, Log } from '../ports.ts';

/** Where a person or another CI watches: log, progress and the wish to stop. */
export interface TerminalSurroundings {
  readonly log: Log;
  readonly progress: DuetProgress;
  /** Ctrl-C ends the measuring and keeps what was measured; a second one ends at once. */
  readonly signal: AbortSignal;
}

export function terminalSurroundings(isVerbose: boolean): TerminalSurroundings {
  const view = liveView();
  const log = terminalLog(view?.stream ?? process.stderr, { isVerbose });
  return {
    log,
    progress: view?.progress ?? duetLines(log, () => performance.now()),
    signal: interruptSignal((message) => log.warn(message)),
  };
}

/** Something that moves only where a person looks on: in a log it would be noise. */
function liveView(): DuetView | undefined {
  const isWatched = process.stderr.isTTY && !process.env['CI'] && process.env['TERM'] !== 'dumb';
  return isWatched ? duetView(process.stderr, () => performance.now()) : undefined;
}

function interruptSignal(tell: (message: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      tell('Stopping k6 and reporting what was measured. Once more to end at once.');
      controller.abort(name);
    });
  }
  return controller.signal;
}
