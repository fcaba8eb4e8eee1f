import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import { measureAndJudgeDuet } from '../../../../src/gate/duet.ts';
import { startGrowingCarts } from '../../../support/growing-carts.ts';
import { duetMeasurerOf } from '../../../support/measure-duet-script.ts';
import { scriptFolder } from '../../../support/measure-script.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

/** Twenty carts a second, never removed, and as many looks at all of them. */
const script = `import http from 'k6/http';
export const options = { scenarios: { shop: { executor: 'constant-arrival-rate', rate: 20, duration: '60s', preAllocatedVUs: 40, maxVUs: 200 } } };
export default function () {
  http.post(__ENV.BASE_URL + '/carts', '{}');
  http.get(__ENV.BASE_URL + '/carts');
}`;

/** Old carts are cleared away, or never. */
const [tidy, growing] = [{ keptRows: 20 }, {}];

/** A whole duet, as the gate makes it, of the same load on two shops. */
async function judgeDuet(baselineKeeps: { keptRows?: number }, candidateKeeps: { keptRows?: number }) {
  await using baseline = await startGrowingCarts(baselineKeeps);
  await using candidate = await startGrowingCarts(candidateKeeps);
  await using folder = await scriptFolder({ 'carts.js': script });
  const { measurer } = await duetMeasurerOf({
    baselineUrl: baseline.url,
    candidateUrl: candidate.url,
    directory: folder.path,
    scripts: ['carts.js'],
    warmUpMs: 500,
    blockLengthMs: 500,
    judgedMs: 10_000,
  });
  // So strict that no look ends the duet before all of its pairs are there: it takes eleven blocks to see growth.
  const plan = { name: 'shop', thresholds: someThresholds({ alpha: 1e-4 }), failOn: ['regressed', 'invalid'] } as const;
  const world = {
    measurer,
    progress: { show: () => {}, end: () => {} },
    signal: new AbortController().signal,
  };
  const judged = await measureAndJudgeDuet(plan, world, { stored: [], warnings: [] });
  const report = buildReport(judged);
  const { verdict, ...why } = judged.decided.verdict;
  expect(['pass', 'inconclusive'], report.headline).toContain(verdict);
  return {
    warnings: report.warnings.filter((warning) => warning.includes('from block to block')),
    isCalledUnlike: 'reason' in why && why.reason === 'environments-differ',
  };
}

describe('data that the load lets grow', () => {
  it.each([
    ['candidate', tidy, growing],
    ['baseline', growing, tidy],
  ])(
    'on the %s alone are named, with what makes the sides alike again, and nothing passes',
    async (side, ofBaseline, ofCandidate) => {
      expect(await judgeDuet(ofBaseline, ofCandidate)).toEqual({
        warnings: [
          expect.stringMatching(
            `^GET /carts got slower .* on the ${side} side alone while the load wrote: .*reset-command`,
          ),
        ],
        isCalledUnlike: true,
      });
    },
  );

  it('on both sides alike are told as such', async () => {
    expect(await judgeDuet(growing, growing)).toEqual({
      warnings: [expect.stringMatching(/^GET \/carts got slower .* on both sides .*: the data grew/)],
      isCalledUnlike: false,
    });
  });

  it('on neither side are not spoken of', async () => {
    expect(await judgeDuet(tidy, tidy)).toEqual({ warnings: [], isCalledUnlike: false });
  });
});
