import { describe, expect, it } from 'vitest';
import { meanAutocorrelation, varianceInflation } from '../../../src/core/stats/autocorrelation.ts';
import { randomNormal, seededRandom } from '../../../src/core/stats/random.ts';

function autoregressive(rho: number, length: number, series: number): Float64Array[] {
  const random = seededRandom(`ar ${rho}`);
  return Array.from({ length: series }, () => {
    let value = randomNormal(random);
    return Float64Array.from({ length }, () => {
      const now = value;
      value = rho * value + Math.sqrt(1 - rho * rho) * randomNormal(random);
      return now;
    });
  });
}

describe('meanAutocorrelation', () => {
  it.each([0, 0.3, 0.6])('finds lag-1 autocorrelation %f without bias in short series', (rho) => {
    expect(meanAutocorrelation(autoregressive(rho, 40, 800), 1)).toBeCloseTo(rho, 1);
  });

  it('is 0 for series that are constant or too short', () => {
    expect(meanAutocorrelation([new Float64Array(20).fill(3)], 1)).toBe(0);
    expect(meanAutocorrelation([Float64Array.of(1, 2, 1)], 1)).toBe(0);
  });
});

describe('varianceInflation', () => {
  it('is never below 1, even for series that swing to and fro', () => {
    expect(varianceInflation([Float64Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : -1.1))])).toBe(1);
  });

  it('is about (1 + rho) / (1 - rho) for a series that forgets at a constant rate', () => {
    expect(varianceInflation(autoregressive(0.3, 200, 200))).toBeCloseTo(1.3 / 0.7, 0);
  });
});
