import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  blankComments,
  environmentNames,
  findEnvironmentReads,
  findLine,
  readSources,
} from '../../../../src/adapters/k6/script/script-sources.ts';
import { k6Fixtures } from '../../../support/measure-script.ts';

const source = (text: string) => [{ path: '/work/a.js', text }];

describe('readSources', () => {
  it('follows local imports and leaves out what is not there', async () => {
    const sources = await readSources(resolve(k6Fixtures, 'typed.ts'));
    expect(sources.map((file) => file.path)).toEqual([
      resolve(k6Fixtures, 'typed.ts'),
      resolve(k6Fixtures, 'lib/api.ts'),
    ]);
    expect(await readSources('/nowhere/x.js')).toEqual([]);
  });
});

describe('findEnvironmentReads', () => {
  it.each([
    'const a = __ENV.API_TOKEN;',
    'const a = __ENV?.API_TOKEN;',
    "const a = __ENV['API_TOKEN'] || 'x';",
    'const a = __ENV[ "API_TOKEN" ];',
    'const a = __ENV[`API_TOKEN`];',
    'const { HOST, API_TOKEN } = __ENV;',
    "const { API_TOKEN: token = 'x', ...rest } = __ENV;",
    'const e = __ENV; const a = e.API_TOKEN;',
    'const a = globalThis.__ENV.API_TOKEN;',
    'const url = "http://x//y" + __ENV.API_TOKEN;',
  ])('finds %s', (text) => {
    expect(findEnvironmentReads(source(text), ['API_TOKEN'], '/work')).toMatchObject([
      { name: 'API_TOKEN', place: 'a.js:1' },
    ]);
  });

  it.each([
    '// __ENV.API_TOKEN',
    '/* __ENV.API_TOKEN\n */',
    'const a = __ENV.API_TOKENS;',
    'const a = other.e.API_TOKEN; const e = __ENV;',
    'const a = process.env.API_TOKEN;',
    'console.log(JSON.stringify(__ENV));',
  ])('finds nothing in %s', (text) => {
    expect(findEnvironmentReads(source(text), ['API_TOKEN'], '/work')).toEqual([]);
  });

  it('names the line', () => {
    const text = 'const a = 1;\n// a comment\n  const b = __ENV.API_TOKEN; \n';
    expect(findEnvironmentReads(source(text), ['API_TOKEN'], '/work')).toEqual([
      { name: 'API_TOKEN', place: 'a.js:3', text: 'const b = __ENV.API_TOKEN;' },
    ]);
  });
});

describe('environmentNames', () => {
  it('lists every name once', () => {
    expect(environmentNames(source('__ENV.B; __ENV.A; __ENV["B"]; const { C } = __ENV;'))).toEqual(['A', 'B', 'C']);
  });
});

describe('findLine', () => {
  it('finds code and not comments', () => {
    const text = "// https://api.example.com\nconst api = 'https://api.example.com/v1';";
    expect(findLine(source(text), 'api.example.com', '/work')).toEqual({
      place: 'a.js:2',
      text: "const api = 'https://api.example.com/v1';",
    });
    expect(findLine(source(text), 'other.example.com', '/work')).toBeUndefined();
  });
});

describe('blankComments', () => {
  it('keeps strings, places and lengths', () => {
    const text = "a('http://x'); // b\n/* c\nd */ e(`//`)";
    const blanked = blankComments(text);
    expect(blanked).toBe("a('http://x');     \n    \n     e(`//`)");
    expect(blanked).toHaveLength(text.length);
  });
});
