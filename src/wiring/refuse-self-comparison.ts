import type { Config } from '../config/config.ts';
import { GateError } from '../errors.ts';

/**
 * A deployment beside itself is never slower, whatever was changed: that gate would always pass. Two sides at one address
 * are taken where something else tells them apart. Throws `GateError` CONFIG_INVALID.
 */
export function refuseSelfComparison({ target, duet, baselineEnv, candidateEnv }: Config): void {
  if (target === undefined || duet === undefined || target.url !== duet.baselineUrl) return;
  if (JSON.stringify(baselineEnv) !== JSON.stringify(candidateEnv)) return;
  throw new GateError(
    'CONFIG_INVALID',
    `baseline-url and target-url are both ${JSON.stringify(target.url)}: compared with itself, a deployment is never slower`,
    'Give the address of another deployment in `baseline-url`; where one address serves both, tell them apart by `baseline-env` and `candidate-env`. To measure one deployment twice, use `calibrate`.',
  );
}
