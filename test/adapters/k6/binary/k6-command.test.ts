import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseK6Arguments } from '../../../../src/adapters/k6/binary/k6-arguments.ts';
import { k6RunArguments, systemTagsFor, userOutputs } from '../../../../src/adapters/k6/binary/k6-command.ts';
import { scriptFolder } from '../../../support/measure-script.ts';

const command = (major: number, args: string[] = []) =>
  k6RunArguments({
    k6: { path: 'k6', version: `${major}.0.0`, major },
    script: 'a.js',
    user: parseK6Arguments(args),
    outputs: ['csv=own.csv'],
    summaryExport: 's.json',
  });

describe('k6RunArguments', () => {
  it('adds the output and the summary, and neither tags nor load', () => {
    expect(command(2, ['--tag', 'a=b'])).toEqual([
      ...['run', '--quiet', '--no-usage-report', '--log-format', 'json', '--log-output', 'stderr'],
      ...['--out', 'json=-', '--out', 'csv=own.csv', '--summary-export', 's.json', '--tag', 'a=b', 'a.js'],
    ]);
  });

  it('switches the REST API of k6 1.x off unless an address is given', () => {
    expect(command(1).slice(2, 4)).toEqual(['--address', '']);
    expect(command(1, ['--address', ':7000']).filter((word) => word === '--address')).toHaveLength(1);
  });
});

describe('systemTagsFor', () => {
  const needed = ['name', 'method', 'status', 'scenario', 'group', 'check', 'expected_response', 'error_code'];

  it('adds to the list of a script what measuring needs, and drops nothing of it', () => {
    expect(systemTagsFor(parseK6Arguments([]), ['vu', 'status', 'check'], undefined)).toEqual([
      ...['vu', 'status', 'check', 'name', 'method', 'scenario', 'group', 'expected_response', 'error_code'],
    ]);
    expect(systemTagsFor(parseK6Arguments([]), [], undefined)).toEqual(needed);
    expect(systemTagsFor(parseK6Arguments([]), needed, 'url')).toEqual([...needed, 'url']);
  });

  it('leaves k6 alone where nothing is missing', () => {
    expect(systemTagsFor(parseK6Arguments([]), [...needed, 'proto'], 'team')).toBeUndefined();
  });

  it("goes by the flag of the user's, which beats the script", () => {
    expect(systemTagsFor(parseK6Arguments(['--system-tags', 'iter, name']), needed, undefined)).toEqual([
      ...['iter', 'name', 'method', 'status', 'scenario', 'group', 'check', 'expected_response', 'error_code'],
    ]);
    const whole = parseK6Arguments([`--system-tags=${needed.join(',')}`]);
    expect(systemTagsFor(whole, ['vu'], undefined)).toEqual(needed);
    expect(whole.kept).toEqual([]);
  });
});

describe('userOutputs', () => {
  it('prefers flags to K6_OUT and that to the configuration file', async () => {
    await using folder = await scriptFolder({});
    const config = join(folder.path, 'k6.json');
    await writeFile(config, '{"out": ["csv=config.csv"]}');
    const environment = { K6_OUT: 'csv=environment.csv, cloud' };
    expect(await userOutputs(parseK6Arguments(['-o', 'csv=flag.csv', '-c', config]), environment)).toEqual([
      'csv=flag.csv',
    ]);
    expect(await userOutputs(parseK6Arguments(['-c', config]), environment)).toEqual(['csv=environment.csv', 'cloud']);
    expect(await userOutputs(parseK6Arguments(['-c', config]), {})).toEqual(['csv=config.csv']);
    expect(await userOutputs(parseK6Arguments(['-c', join(folder.path, 'none.json')]), {})).toEqual([]);
    await expect(userOutputs(parseK6Arguments([]), { K6_OUT: 'json=-' })).rejects.toThrow('K6_OUT=json=-');
  });
});
