import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { reportFiles, requireReportFolder } from '../adapters/files/report-files.ts';
import { changedFilesOfCheckout } from '../wiring/changed-files.ts';
import { decideMeasured } from '../wiring/decide-measured.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { narrator } from '../wiring/narrator.ts';
import { printedReport } from './print-report.ts';
import { terminalSurroundings } from './terminal-surroundings.ts';

/** Decides about what other jobs measured, for any other CI; resolves to the exit code of the verdict. */
export async function decide(inputs: Record<string, string | undefined>, isVerbose: boolean): Promise<number> {
  const config = await loadConfig({ inputs: { ...inputs, mode: 'decide' }, needs: 'load' });
  await requireReportFolder(config.reportDir);
  const { log, signal } = terminalSurroundings(isVerbose);
  const result = await decideMeasured(config, {
    store: openBaselineStore(config.baselineStore),
    narrator: narrator(config, {
      ...{ environment: process.env, log },
      changedFiles: changedFilesOfCheckout(process.cwd(), log),
    }),
    sinks: [printedReport, reportFiles(config.reportDir)],
    log,
    signal,
    onInterrupt: 'report',
  });
  if (result.kind === 'interrupted') throw new TypeError('an interrupted run reports on the command line');
  return result.decided.outcome.exitCode;
}
