import { describe, expect, it } from 'vitest';
import { lostQuickAnswers } from '../../../src/core/evidence/quick-answers.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal, seededRandom } from '../../../src/core/stats/random.ts';

/** Of `count` requests `quick` take about 4 ms and the others about 60, all plus `addedMs`. */
function sketch(random: Random, { quick = 0.9, addedMs = 0, slowMs = 60, count = 360 }): LatencySketch {
  return LatencySketch.of(
    Array.from(
      { length: count },
      (_, i) => addedMs + (i < quick * count ? 4 : slowMs) * Math.exp(0.2 * randomNormal(random)),
    ),
  );
}

describe('lostQuickAnswers', () => {
  const random = seededRandom(3);

  it('sees that hardly any request is quick any more', () => {
    const lost = lostQuickAnswers(sketch(random, {}), sketch(random, { quick: 0 }));
    expect(lost?.baseline).toBeCloseTo(0.9);
    expect(lost?.candidate).toBe(0);
    // Quick ones reach to 4 e^(3·0.2) = 7.3, slow ones from 60 e^(-3·0.2) = 33 ms.
    expect(lost?.limitMs).toBeGreaterThan(5);
    expect(lost?.limitMs).toBeLessThan(33);
  });

  it.each<[string, LatencySketch, LatencySketch]>([
    ['where as many are quick as before', sketch(random, {}), sketch(random, {})],
    ['where some still are', sketch(random, {}), sketch(random, { quick: 0.5 })],
    ['where all take longer, the slow ones too', sketch(random, {}), sketch(random, { addedMs: 60 })],
    ['where what is slow got slower as well', sketch(random, {}), sketch(random, { quick: 0, slowMs: 150 })],
    ['where there was one kind of request', sketch(random, { quick: 1 }), sketch(random, { quick: 0 })],
    ['where most were slow before', sketch(random, { quick: 0.3 }), sketch(random, { quick: 0 })],
    ['where too few were slow to know', sketch(random, { quick: 0.98 }), sketch(random, { quick: 0 })],
    ['where nothing was measured', sketch(random, {}), new LatencySketch()],
  ])('sees nothing %s', (_, baseline, candidate) => {
    expect(lostQuickAnswers(baseline, candidate)).toBeUndefined();
  });

  it('takes no broad spread for two kinds', () => {
    let found = 0;
    for (let build = 0; build < 100; build++) {
      const of = (ms: number) =>
        LatencySketch.of(Array.from({ length: 400 }, () => ms * Math.exp(0.8 * randomNormal(random))));
      if (lostQuickAnswers(of(20), of(45)) !== undefined) found++;
    }
    expect(found).toBe(0);
  });
});
