import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { currentCommit } from '../adapters/git/current-commit.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { calibrationText } from '../core/report/render/calibration-report.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { measureAndCalibrate } from '../wiring/measure-and-judge.ts';
import { deploymentSource, terminalSurroundings } from './terminal-surroundings.ts';

const couldNotMeasure = 3;

/** Measures the same code on both sides and says how noisy this setup is; resolves to the exit code. */
export async function calibrate(inputs: Record<string, string | undefined>, isVerbose: boolean): Promise<number> {
  const config = await loadConfig({ inputs: { ...inputs, mode: 'calibrate' }, needs: 'load' });
  const { log, progress, signal } = terminalSurroundings(isVerbose);
  const result = await measureAndCalibrate(config, await currentCommit(process.cwd()), {
    progress,
    deployments: await deploymentSource(log),
    store: openBaselineStore(config.baselineStore),
    write: async (report) => void process.stdout.write(calibrationText(report, process.stdout.columns ?? 100)),
    log,
    signal,
    onInterrupt: 'report',
  });
  if (result.kind === 'calibrated') return 0;
  if (result.kind === 'not-measured')
    process.stderr.write(`${toPlainLines(result.detail)}\n${toPlainLines(result.hint)}\n`);
  return couldNotMeasure;
}
