import { describe, expect, test } from 'vitest';
import { toRunSummary } from '../../../../src/core/comparison/run-summary.ts';
import { estimateSharedVariance } from '../../../../src/core/comparison/stored/next-measurement.ts';
import { randomNormal, seededRandom } from '../../../../src/core/stats/random.ts';
import { aSteadyRun } from '../../../support/a-steady-run.ts';

/** `repeats` runs on each of `deployments`, with standard deviations between deployments and within them. */
function nestedRuns(deployments: number, repeats: number, between: number, within: number) {
  const random = seededRandom(`${deployments} ${between} ${within}`);
  return Array.from({ length: deployments }, (_, d) => {
    const luck = between * randomNormal(random);
    return Array.from({ length: repeats }, () =>
      toRunSummary(
        aSteadyRun(
          {
            'GET /': { medianMs: 50 * Math.exp(luck + within * randomNormal(random)), requests: 400 },
            'GET /b': { medianMs: 90 * Math.exp(luck + within * randomNormal(random)), requests: 400 },
          },
          { provenance: { deployment: `deployment ${d}` } },
        ),
      ),
    );
  }).flat();
}

describe('estimateSharedVariance', () => {
  test('says that repeats add nothing until five deployments were measured several times', () => {
    expect(estimateSharedVariance(nestedRuns(4, 3, 0.01, 0.1))).toBe(1);
    expect(estimateSharedVariance(nestedRuns(8, 1, 0.01, 0.1))).toBe(1);
    expect(estimateSharedVariance([])).toBe(1);
  });

  test('is high where deployments differ and low where they do not', () => {
    expect(estimateSharedVariance(nestedRuns(10, 3, 0.2, 0.02))).toBeGreaterThan(0.9);
    expect(estimateSharedVariance(nestedRuns(10, 3, 0.001, 0.1))).toBeLessThan(0.4);
  });
});
