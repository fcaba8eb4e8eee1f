import type { LiveBuild } from './live-cases.ts';
import { type DuetOutcome, parseOutcome } from './live-row.ts';
import { startProgram, startShopProgram } from './owned-program.ts';

export interface BuildSetting {
  /** The repository. */
  readonly root: string;
  /** The bundled `duet-process.ts`. */
  readonly program: string;
  /** Judged load a side. */
  readonly budgetS: number;
  /** Requests a second and side. */
  readonly rate: number;
  /** Inputs of the gate beside those of the case. */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** No build takes longer: in turn, each pair of 180 s costs two starts of k6 and two warm-ups. */
const longestBuildMs = 20 * 60_000;

/** Starts two fresh shops, has the gate judge them side by side, and ends them. Throws when there is no outcome. */
export async function runBuild(plan: LiveBuild, setting: BuildSetting): Promise<DuetOutcome> {
  const { root, program, budgetS, rate } = setting;
  await using baseline = await startShopProgram(root, plan.baselineShop);
  await using candidate = await startShopProgram(root, plan.candidateShop);
  const inputs = {
    name: 'live evaluation',
    'baseline-url': baseline.url,
    'target-url': candidate.url,
    script: plan.liveCase.script ?? 'k6-scripts/steady.js',
    // Longer than the budget and its warm-up: the gate ends the load.
    env: `RATE=${rate}\nDURATION=${budgetS + 60}s`,
    'time-budget': `${budgetS}s`,
    'duet-order': plan.order,
    'k6-version': '2.2.0',
    ...plan.liveCase.inputs,
    ...setting.inputs,
  };
  await using gate = startProgram([program, JSON.stringify(inputs)], {
    cwd: root,
    timeoutMs: longestBuildMs,
  });
  const { code, stdout, stderr } = await gate.ended;
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || line === '') throw new Error(`the gate ended with ${code}: ${stderr.slice(-2_000)}`);
  return parseOutcome(line);
}
