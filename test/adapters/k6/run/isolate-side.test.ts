import { describe, expect, it } from 'vitest';
import { parseK6Arguments } from '../../../../src/adapters/k6/binary/k6-arguments.ts';
import { isolateSide } from '../../../../src/adapters/k6/run/isolate-side.ts';

describe('isolateSide', () => {
  const user = parseK6Arguments([
    '--tag',
    'team=shop',
    '--out',
    'csv=samples.csv',
    '--address',
    'localhost:6565',
    '--traces-output=otel',
    '--console-output',
    'console.log',
    '--summary-export',
    'summary.json',
  ]);
  const environment = { K6_OUT: 'influxdb', K6_WEB_DASHBOARD: 'true', K6_SUMMARY_EXPORT: 'other.json', RATE: '5' };

  it('turns outputs and ports off on both sides and keeps everything else', () => {
    for (const side of ['baseline', 'candidate'] as const) {
      const isolated = isolateSide(user, environment, side);
      expect(isolated.user.outputs).toEqual([]);
      expect(isolated.user.kept.slice(0, 2)).toEqual(['--tag', 'team=shop']);
      expect(isolated.user.kept.join(' ')).not.toMatch(/6565|address|otel/);
      expect(isolated.environment).toMatchObject({ RATE: '5' });
      expect(isolated.environment).not.toHaveProperty('K6_OUT');
      expect(isolated.environment).not.toHaveProperty('K6_WEB_DASHBOARD');
    }
  });

  it('leaves files to the candidate', () => {
    const candidate = isolateSide(user, environment, 'candidate');
    expect(candidate.user.summaryExport).toBe('summary.json');
    expect(candidate.user.kept).toContain('--console-output');
    const baseline = isolateSide(user, environment, 'baseline');
    expect(baseline.user.summaryExport).toBeUndefined();
    expect(baseline.user.kept).toEqual(['--tag', 'team=shop', '--summary-mode=disabled']);
    expect(baseline.environment).toEqual({ RATE: '5' });
  });

  it('says what is off, in the words of the user', () => {
    expect(isolateSide(user, environment, 'candidate').off).toEqual([
      '--out csv=samples.csv',
      '--address localhost:6565',
      '--traces-output=otel',
      'K6_OUT',
      'K6_WEB_DASHBOARD',
    ]);
    expect(isolateSide(parseK6Arguments([]), {}, 'baseline').off).toEqual([]);
  });
});
