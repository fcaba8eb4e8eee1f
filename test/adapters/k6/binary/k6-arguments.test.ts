import { describe, expect, it } from 'vitest';
import {
  checkedOutput,
  parseK6Arguments,
  refuseRemovedSettings,
} from '../../../../src/adapters/k6/binary/k6-arguments.ts';
import { GateError } from '../../../../src/errors.ts';

describe('parseK6Arguments', () => {
  it('takes outputs and the summary file out, and keeps the rest as it is', () => {
    const args = [
      '--tag',
      'team=shop',
      '-o',
      'csv=a.csv',
      '--out=cloud',
      '--summary-export=s.json',
      '-q',
      '-w',
      '--vus',
      '5',
    ];
    expect(parseK6Arguments(args)).toEqual({
      kept: ['--tag', 'team=shop', '-w', '--vus', '5'],
      outputs: ['csv=a.csv', 'cloud'],
      inspect: [],
      inspectEnvironment: { K6_VUS: '5' },
      hasAddress: false,
      summaryExport: 's.json',
    });
  });

  it('tells what an inspection needs as well', () => {
    const parsed = parseK6Arguments(['-e', 'A=1', '--config', 'k6.json', '-d', '5s', '-s', '1s:2', '--stage=2s:0']);
    expect(parsed.inspect).toEqual(['-e', 'A=1', '--config', 'k6.json']);
    expect(parsed.inspectEnvironment).toEqual({ K6_DURATION: '5s', K6_STAGES: '1s:2,2s:0' });
    expect(parsed.configPath).toBe('k6.json');
  });

  it('notices an address, which then is not ours to set', () => {
    expect(parseK6Arguments(['-a', 'localhost:7000']).hasAddress).toBe(true);
  });

  it('passes on a flag that only the k6 in use knows', () => {
    expect(parseK6Arguments(['--newflag=1', '--newer', '2']).kept).toEqual(['--newflag=1', '--newer', '2']);
  });

  it.each([
    [['--linger'], '--linger'],
    [['-l'], '-l'],
    [['--paused'], '--paused'],
    [['--out', 'json=-'], 'json=-'],
    [['--out', 'csv'], 'csv'],
    [['-ojson'], 'json'],
    [['--log-output=stdout'], '--log-output=stdout'],
    [['--log-format', 'raw'], '--log-format raw'],
    [['other.js'], '"other.js"'],
    [['--vus'], '--vus has no value'],
    [['--nosuchflag'], 'unknown flag --nosuchflag'],
    [['--nosuchflag', '--vus', '2'], 'unknown flag --nosuchflag'],
  ])('refuses %j', (args, quoted) => {
    expect(() => parseK6Arguments(args)).toThrow(GateError);
    expect(() => parseK6Arguments(args)).toThrow(quoted);
  });
});

describe('checkedOutput', () => {
  it('lets outputs pass that stay off standard output', () => {
    for (const output of ['json=a.json', 'csv=a.csv.gz', 'cloud', 'web-dashboard', 'experimental-prometheus-rw']) {
      expect(checkedOutput(output, 'x')).toBe(output);
    }
  });
});

describe('refuseRemovedSettings', () => {
  const refuse = (args: string[], environment = {}, major = 2) =>
    refuseRemovedSettings(parseK6Arguments(args), environment, major);

  it.each([
    [['--no-summary'], {}, '--no-summary', 'Write --summary-mode=disabled in its place.'],
    [['--summary-mode', 'legacy'], {}, '--summary-mode=legacy', 'Leave it out, or write --summary-mode=full.'],
    [[], { K6_SUMMARY_MODE: 'legacy' }, 'K6_SUMMARY_MODE=legacy', 'Unset it for this step, or set it to full.'],
  ])('names %j %j, which k6 2 no longer has, and what to write instead', (args, environment, named, hint) => {
    expect(() => refuse(args, environment)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`${named} can't be used: k6 2 no longer has it`),
        hint,
      }),
    );
    expect(() => refuse(args, environment, 1)).not.toThrow();
  });

  it('lets pass what k6 2 has', () => {
    expect(() => refuse(['--summary-mode=disabled', '--tag', 'a=legacy'], { K6_SUMMARY_MODE: 'full' })).not.toThrow();
  });
});
