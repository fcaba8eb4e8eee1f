import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { isSupported, parseK6Version, parseVersionOutput } from '../../../../src/adapters/k6/binary/k6-version.ts';

describe('parseVersionOutput', () => {
  it.each([
    ['a release', 'k6 v2.2.0 (commit/a1b2c3d4e5, go1.26.1, linux/amd64)\n', '2.2.0'],
    ['a build from source', 'k6 v1.8.1 (go1.26.8, linux/amd64)\n', '1.8.1'],
    ['a renamed file', 'k6-with-sql v1.8.1 (commit/devel, go1.25.0, darwin/arm64)\n', '1.8.1'],
    ['Windows', 'k6.exe v2.2.0 (commit/a1b2c3d4e5, go1.26.1, windows/amd64)\r\n', '2.2.0'],
    ['a release candidate', 'k6 v2.0.0-rc1 (commit/a1b2c3d4e5, go1.26.1, linux/amd64)\n', '2.0.0-rc1'],
    [
      'extensions, listed below',
      'k6 v2.2.0 (go1.26.1, linux/amd64)\nExtensions:\n  github.com/grafana/xk6-sql v1.0.4, k6/x/sql [js]\n',
      '2.2.0',
    ],
  ])('reads the version of %s', (_, output, version) => {
    expect(parseVersionOutput(output)?.text).toBe(version);
  });

  it.each(['', 'v22.1.0\n', 'git version 2.43.0\n', 'node v24.1.0 (LTS)\n', 'k6 vNext (go1.26.1, linux/amd64)\n'])(
    'takes %j for the answer of another program',
    (output) => {
      expect(parseVersionOutput(output)).toBeUndefined();
    },
  );

  test.prop([fc.string({ unit: 'binary' })])('answers whatever a program prints', (output) => {
    expect(parseVersionOutput(output)).toBeUndefined();
  });

  test.prop([fc.nat(), fc.nat(), fc.nat()])('finds every version between other lines', (major, minor, patch) => {
    const output = `a notice\nk6 v${major}.${minor}.${patch} (commit/x, go1.26.1, linux/amd64)\n`;
    expect(parseVersionOutput(output)).toEqual({ text: `${major}.${minor}.${patch}`, major, minor });
  });
});

describe('parseK6Version', () => {
  it('takes a version with or without v', () => {
    expect(parseK6Version('v2.2.0')).toEqual(parseK6Version('2.2.0'));
  });

  it.each(['latest', '2', '2.2', '^2.2.0', '2.2.0/../..', '', '2.2.0 --help'])('refuses %j', (text) => {
    expect(parseK6Version(text)).toBeUndefined();
  });
});

describe('isSupported', () => {
  it.each([
    ['0.57.0', false],
    ['1.7.9', false],
    ['1.8.0', true],
    ['1.10.0', true],
    ['2.0.0', true],
    ['3.1.0', true],
  ])('says of %s: %s', (text, expected) => {
    const version = parseK6Version(text);
    expect(version !== undefined && isSupported(version)).toBe(expected);
  });
});
