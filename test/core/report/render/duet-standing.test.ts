import { describe, expect, it } from 'vitest';
import { startDuetTest } from '../../../../src/core/comparison/paired/duet-test.ts';
import { standingLine, standingLines } from '../../../../src/core/report/render/duet-standing.ts';
import { balanced, duetPairs } from '../../../support/paired-runs.ts';

function standingAfter(pairs: number, slowdown: (endpoint: number) => number) {
  const test = startDuetTest({
    thresholds: balanced,
    placement: 'one-deployment',
    order: 'alternating',
    looks: Array.from({ length: 36 }, (_, i) => i + 1),
    seed: 'standing',
  });
  test.look(duetPairs({ endpoints: 15, pairs, requestsPerBlock: 40, seed: 'standing', slowdown }));
  return { elapsedMs: 65_400, pairs, plannedPairs: 36, result: test.result() };
}

const unchanged = standingAfter(12, () => 1);
const oneSlower = standingAfter(12, (j) => (j === 3 ? 2 : 1));

describe('standingLine', () => {
  it('gives time, pairs and the endpoint that stands out', () => {
    expect(standingLine(oneSlower)).toMatch(/^1:05: 12 of 36 pairs; most of all GET \/3 p\d\d \+\d+ % \(.*\), slower$/);
  });

  it('says nothing of endpoints before the first look', () => {
    expect(standingLine({ elapsedMs: 5_000, pairs: 1, plannedPairs: 36, result: undefined })).toBe(
      '0:05: 1 of 36 pairs',
    );
  });
});

describe('standingLines', () => {
  it('lists the endpoints, the one that stands out first, and counts those beyond a screen', () => {
    const lines = standingLines(oneSlower, 100);
    expect(lines[0]).toBe('1:05  [=======             ]  12 of 36 pairs');
    expect(lines[2]).toMatch(/^ {2}GET \/3 .* slower$/);
    expect(lines.at(-2)).toBe('  3 further endpoints with less change');
    expect(lines.filter((line) => line.startsWith('  GET'))).toHaveLength(12);
  });

  it('says what it would take to decide, or that the budget is too small for that', () => {
    expect(standingLines(unchanged, 100).at(-1)).toMatch(
      /^\d+ endpoints not decided; (about \d+ more pairs would settle them, 24 pairs to come at most|24 pairs to come at most, which won't settle all of them)\.$/,
    );
    expect(standingLines({ ...unchanged, result: undefined }, 100).at(-1)).toBe(
      'Nothing can be said before the first pairs are complete.',
    );
  });
});
