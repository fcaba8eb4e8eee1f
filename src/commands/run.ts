import { existsSync } from 'node:fs';
import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { earlierReport, reportFiles, reportPaths, requireReportFolder } from '../adapters/files/report-files.ts';
import { type Commit, currentCommit, hasUncommittedChanges } from '../adapters/git/current-commit.ts';
import type { Config } from '../config/config.ts';
import { changedFilesOfCheckout } from '../wiring/changed-files.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { measureAndJudge, type RunMode } from '../wiring/measure-and-judge.ts';
import { narrator } from '../wiring/narrator.ts';
import { calibrate } from './calibrate.ts';
import { decide } from './decide.ts';
import { printedReport } from './print-report.ts';
import { deploymentSource, terminalSurroundings } from './terminal-surroundings.ts';

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
  if (config.mode === 'calibrate') return calibrate(inputs, isVerbose);
  if (config.mode === 'decide') return decide(inputs, isVerbose);
  await requireReportFolder(config.reportDir);
  const { log, progress, signal } = terminalSurroundings(isVerbose);
  const commit = await currentCommit(process.cwd());
  const world = {
    progress,
    deployments: await deploymentSource(log),
    store: openBaselineStore(config.baselineStore),
    sinks: [printedReport, reportFiles(config.reportDir)],
    notices: await checkoutNotices(commit),
    log,
    signal,
    onInterrupt: 'report' as const,
    narrator: narrator(config, {
      ...{ environment: process.env, log },
      changedFiles: changedFilesOfCheckout(process.cwd(), log),
    }),
  };
  const result = await measureAndJudge(config, modeOf(config.mode, config), commit, world);
  if (result.kind === 'interrupted') throw new TypeError('an interrupted run reports on the command line');
  const written = Object.values(reportPaths(config.reportDir)).filter((path) => existsSync(path));
  if (written.length > 0) log.info(`Report: ${written.join(', ')}`);
  const earlier = earlierReport(config.reportDir);
  if (result.record === undefined && existsSync(earlier)) log.info(`What was measured before is kept in ${earlier}.`);
  return result.decided.outcome.exitCode;
}

/** The run is told of, and stored, under the commit that is checked out; what isn't committed has no name. */
async function checkoutNotices({ commit }: Commit): Promise<string[]> {
  if (commit === undefined || !(await hasUncommittedChanges(process.cwd()))) return [];
  return [
    `the working tree has changes that commit ${commit.slice(0, 7)} doesn't have: if they were measured, it isn't that commit that ran`,
  ];
}

/** Outside of an event there is no default branch to push to, so `auto` compares. */
function modeOf(mode: RunMode | 'auto' | 'measure', { duet }: Config): RunMode {
  if (mode !== 'auto' && mode !== 'measure') return mode;
  return duet === undefined ? 'stored' : 'duet';
}
