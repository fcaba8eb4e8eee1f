import { readEventContext } from '../adapters/actions/event-context.ts';
import { type DuetView, duetLines, duetView } from '../adapters/terminal/duet-view.ts';
import { toPlainLines } from '../core/report/escape.ts';
import type { DuetProgress, Log } from '../ports.ts';
import type { DeploymentSource } from '../wiring/locate-sides.ts';

/** Where a person or another CI watches: log, progress and the wish to stop. */
export interface TerminalSurroundings {
  readonly log: Log;
  readonly progress: DuetProgress;
  /** Ctrl-C ends the measuring and keeps what was measured; a second one ends at once. */
  readonly signal: AbortSignal;
}

/** What a command shows of itself on this terminal, and the signal that Ctrl-C aborts. */
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

/** Progress on stderr, so that standard output holds nothing but the result. Control characters are shown, not sent. */
function terminalLog(stream: { write(text: string): unknown }, options: { readonly isVerbose: boolean }): Log {
  const write = (prefix: string, message: string) => stream.write(`${prefix}${toPlainLines(message)}\n`);
  return {
    info: (message) => write('', message),
    warn: (message) => write('warning: ', message),
    debug: (message) => {
      if (options.isVerbose) write('debug: ', message);
    },
  };
}

/** GitHub as the environment describes it: everything of it in a workflow's step, nothing on most machines. */
export async function deploymentSource(log: Log): Promise<DeploymentSource> {
  const { platform: event } = await readEventContext(process.env);
  const token = process.env['GITHUB_TOKEN'];
  if (!token) return { api: undefined, event };
  const { openGitHub } = await import('../wiring/open-github.ts');
  return { api: openGitHub(process.env, token, log), event };
}
