import { existsSync } from 'node:fs';
import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { reportFiles, reportPaths } from '../adapters/files/report-files.ts';
import { currentCommit } from '../adapters/git/current-commit.ts';
import { duetLines } from '../adapters/terminal/duet-lines.ts';
import { type DuetView, duetView } from '../adapters/terminal/duet-view.ts';
import { terminalLog } from '../adapters/terminal/terminal-log.ts';
import type { Config } from '../config/config.ts';
import type { World } from '../gate.ts';
import type { DuetProgress, Publisher } from '../ports.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { measureAndJudge, type RunMode } from '../wiring/measure-and-judge.ts';
import { formatReport } from './print-report.ts';

/**
 * Measures and judges on this machine, as the Action does. Ctrl-C stops k6 and shows what was measured until then; a
 * second one ends at once.
 */
export async function run(
  inputs: Record<string, string | undefined>,
  command: 'run' | 'duet' | 'record',
  isVerbose: boolean,
): Promise<number> {
  const config = await loadConfig({ inputs: command === 'run' ? inputs : { ...inputs, mode: command }, needs: 'load' });
  const { stream, progress } = liveView() ?? { stream: process.stderr, progress: undefined };
  const log = terminalLog(stream, { isVerbose });
  const world: World & { readonly progress: DuetProgress } = {
    progress: progress ?? duetLines(log, () => performance.now()),
    store: openBaselineStore(config.baselineStore),
    publishers: [printedReport, reportFiles(config.reportDir)],
    log,
    signal: interruptSignal((message) => log.warn(message)),
    onInterrupt: 'report',
  };
  const result = await measureAndJudge(config, modeOf(config), await currentCommit(process.cwd()), world);
  if (result.kind === 'interrupted') throw new TypeError('an interrupted run reports on the command line');
  const written = Object.values(reportPaths(config.reportDir)).filter((path) => existsSync(path));
  if (written.length > 0) log.info(`Report: ${written.join(', ')}`);
  return result.decided.outcome.exitCode;
}

/** Something that moves only where a person looks on: in a log it would be noise. */
function liveView(): DuetView | undefined {
  const isWatched = process.stderr.isTTY && !process.env['CI'] && process.env['TERM'] !== 'dumb';
  return isWatched ? duetView(process.stderr, () => performance.now()) : undefined;
}

const printedReport: Publisher = {
  label: 'standard output',
  async publish({ report }) {
    process.stdout.write(formatReport(report, 'text'));
  },
};

/** Outside of an event there is no default branch to push to, so `auto` compares. */
function modeOf({ mode, duet }: Config): RunMode {
  if (mode !== 'auto') return mode;
  return duet === undefined ? 'stored' : 'duet';
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
