import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../src/core/calibration/calibrate.ts';
import {
  calibrationMarkdown,
  calibrationText,
  reportCalibration,
} from '../../../src/core/report/render/calibration-report.ts';
import { balanced, duetPairs, duetRecords } from '../../support/paired-runs.ts';

const options = { placement: 'one-deployment', order: 'concurrent' } as const;
const quiet = { endpoints: 3, pairs: 60, requestsPerBlock: 50, blockDeviation: 0.03, seed: 'quiet' } as const;

function calibrated(worlds: readonly Parameters<typeof duetPairs>[0][]) {
  const calibration = calibrate(
    worlds.map((world) => duetRecords(duetPairs(world))),
    balanced,
    options,
  );
  if (calibration === undefined) throw new Error('nothing was calibrated');
  return calibration;
}

describe('calibrate', () => {
  it('says of each endpoint how noisy it is and what longer measuring would see', () => {
    const { endpoints, pairs } = calibrated([quiet]);
    expect(pairs).toBe(60);
    expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(['GET /0', 'GET /1', 'GET /2']);
    for (const { requestsPerMinute, blockNoise, detectable, offset } of endpoints) {
      expect(requestsPerMinute).toBeCloseTo(600, 6);
      expect(blockNoise).toBeGreaterThan(0.1);
      expect(blockNoise).toBeLessThan(0.6);
      expect(Math.abs(offset)).toBeLessThan(0.2);
      const [two = 0, five = 0, ten = 0] = detectable;
      expect(two).toBeGreaterThan(five);
      expect(Math.log1p(two) / Math.log1p(ten)).toBeCloseTo(Math.sqrt(5), 6);
    }
  });

  it('sees a noisier setup as noisier', () => {
    const noisy = calibrated([{ ...quiet, blockDeviation: 0.4 }]).endpoints[0];
    const calm = calibrated([quiet]).endpoints[0];
    expect(noisy?.blockNoise).toBeGreaterThan((calm?.blockNoise ?? 0) * 1.3);
    expect(noisy?.detectable[0]).toBeGreaterThan((calm?.detectable[0] ?? 0) * 1.3);
  });

  it('counts unchanged builds of two minutes in all measurements, and those that would have failed', () => {
    const { falseAlarms } = calibrated([quiet, { ...quiet, seed: 'second' }]);
    expect(falseAlarms.builds).toBe(4);
    expect(falseAlarms.failed).toBe(0);
    expect(falseAlarms.interval[0]).toBe(0);
    expect(calibrated([{ ...quiet, slowdown: () => 2 }]).falseAlarms.failed).toBe(2);
  });

  it('suggests a wider margin for all, and overrides for endpoints that need still more', () => {
    expect(calibrated([{ ...quiet, requestsPerBlock: 400, blockDeviation: 0 }]).suggestions).toEqual([]);
    const { suggestions } = calibrated([{ ...quiet, blockDeviation: 0.4 }]);
    expect(suggestions[0]).toMatch(/^max-p95-increase: \d+%$/);
  });

  it('has nothing to say without a measurement', () => {
    expect(calibrate([], balanced, options)).toBeUndefined();
  });
});

describe('reportCalibration', () => {
  const report = reportCalibration(calibrated([{ ...quiet, blockDeviation: 0.4 }]), 'shop', 5_000);

  it('gives the figures and the inputs to paste', () => {
    const text = calibrationText(report, 120);
    expect(text).toContain('shop: 60 pairs of 5 s with the same code on both sides');
    expect(text).toContain('0 of 2 unchanged builds of 2 minutes would have failed');
    expect(text).toMatch(/^ {2}max-p95-increase: \d+%$/m);
    expect(calibrationMarkdown(report)).toMatch(/```yaml\nmax-p95-increase: \d+%/);
  });

  it('lets no name of an endpoint break out of the block to paste', () => {
    const hostile = { ...report, suggestions: ['overrides: |', '  GET /```x p95: 20%'] };
    expect(calibrationMarkdown(hostile).match(/^`+/gm)).toEqual(['````', '````']);
  });
});
