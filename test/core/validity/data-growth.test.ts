import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';
import { randomNormal, seededRandom } from '../../../src/core/stats/random.ts';
import { judgeGrowth } from '../../../src/core/validity/judge-pair-validity.ts';
import { aMeasuredRun, readAs } from '../../support/a-measured-run.ts';

const blocks = 36;

/** ln levels of the blocks: noise that resembles its neighbor by `memory`, and a rise from the first to the last. */
function levels(seed: string, { growth = 0, deviation = 0.05, memory = 0 } = {}): number[] {
  const random = seededRandom(seed);
  let noise = 0;
  return Array.from({ length: blocks }, (_, i) => {
    noise = memory * noise + Math.sqrt(1 - memory ** 2) * deviation * randomNormal(random);
    return noise + (Math.log1p(growth) * i) / (blocks - 1);
  });
}

function sideOf(endpoints: Readonly<Record<string, readonly number[]>>): RunRecord {
  return aMeasuredRun(
    {},
    {
      endpoints: Object.entries(endpoints).map(([endpoint, ofBlocks]) => ({
        ...readAs(endpoint),
        outcomes: {},
        blocks: ofBlocks.map((level, index) => ({
          index,
          latency: LatencySketch.of(Array.from({ length: 20 }, () => 20 * Math.exp(level))),
          failedRequests: 0,
        })),
      })),
    },
  );
}

const flat = levels('writes');

describe('judgeGrowth', () => {
  it.each([
    ['candidate', 0, 0.6],
    ['baseline', 0.6, 0],
  ] as const)('names the %s side when its data alone grew', (side, ofBaseline, ofCandidate) => {
    const before = sideOf({ 'POST /carts': flat, 'GET /carts': levels('a', { growth: ofBaseline }) });
    const after = sideOf({ 'POST /carts': flat, 'GET /carts': levels('b', { growth: ofCandidate }) });
    const what = `GET /carts got slower from block to block on the ${side} side alone while the load wrote`;
    expect(judgeGrowth(before, after)).toEqual({ unlike: what, warnings: [expect.stringContaining(`${what}: `)] });
  });

  it('says of two sides that grow together that they may share a database', () => {
    const before = sideOf({ 'POST /carts': flat, 'GET /carts': levels('a', { growth: 0.6 }) });
    const after = sideOf({ 'POST /carts': flat, 'GET /carts': levels('b', { growth: 0.7 }) });
    expect(judgeGrowth(before, after)).toEqual({
      warnings: [expect.stringMatching(/^GET \/carts .* on both sides .* share/)],
    });
  });

  it('says nothing of a script that only reads, nor of a step that both sides share', () => {
    const grown = { 'GET /carts': levels('b', { growth: 0.6 }) };
    expect(judgeGrowth(sideOf({ 'GET /carts': levels('a') }), sideOf(grown))).toEqual({ warnings: [] });
    const step = Array.from({ length: blocks }, (_, i) => (i < 30 ? 0 : 1));
    const both = sideOf({ 'POST /carts': flat, 'GET /carts': step });
    expect(judgeGrowth(both, both)).toEqual({ warnings: [] });
  });

  it('says nothing of unchanged endpoints, also where blocks resemble their neighbors', () => {
    for (const [memory, most] of [
      [0, 0],
      [0.5, 4],
    ] as const) {
      const names = Array.from({ length: 400 }, (_, i) => `POST /${i}`);
      const side = (who: string) =>
        sideOf(Object.fromEntries(names.map((name) => [name, levels(who + name, { memory, deviation: 0.1 })])));
      const { warnings } = judgeGrowth(side('a'), side('b'));
      const counted = warnings.flatMap((text) => [...text.matchAll(/POST \/\d+/g), ...text.matchAll(/and \d+ more/g)]);
      expect(counted.length).toBeLessThanOrEqual(most);
    }
  });
});
