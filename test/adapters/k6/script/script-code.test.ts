import { describe, expect, it } from 'vitest';
import {
  environmentNames,
  findEnvironmentReads,
  findLine,
  importsModule,
  importsOf,
  usesName,
  withOtherModules,
} from '../../../../src/adapters/k6/script/script-code.ts';

const source = (text: string) => [{ path: '/work/a.js', text }];

describe('importsOf', () => {
  it('takes every way in which a module is asked for, and no text that looks like one', () => {
    const text = `import http, { get } from 'k6/http';
import "./side.js";
export * from './all.js'; export { default } from "./one.ts";
const b = require('./b.cjs'), c = await import(\`./c.js\`);
import type { T } from './types.ts';
// import './comment.js'
/* require('./block.js') */
const help = "import './text.js'"; const from = 'from "./x.js"'; Array.from('./y.js'); log('./z.js');`;
    const [file] = source(text);
    expect(file && importsOf(file)).toEqual([
      ...['k6/http', './side.js', './all.js', './one.ts', './b.cjs', './c.js', './types.ts'],
    ]);
  });
});

describe('importsModule and usesName', () => {
  const text = "import ws from 'k6/ws'; // k6/net/grpc\nconst a = 'k6/x/sql'; res.submitForm(); // clickLink";
  it('look at code alone', () => {
    expect(['k6/ws', 'k6/net/grpc', 'k6/x/sql'].filter((name) => importsModule(source(text), name))).toEqual(['k6/ws']);
    expect(['submitForm', 'clickLink', 'k6'].filter((name) => usesName(source(text), name))).toEqual(['submitForm']);
  });
});

describe('withOtherModules', () => {
  it('changes what is imported and nothing else', () => {
    const [file] = source(
      `import { WebSocket } from 'k6/websockets'; // 'k6/websockets'\nconst name = 'k6/websockets';`,
    );
    expect(file && withOtherModules(file, { 'k6/websockets': 'file:///w.js' })).toBe(
      `import { WebSocket } from "file:///w.js"; // 'k6/websockets'\nconst name = 'k6/websockets';`,
    );
    expect(file && withOtherModules(file, {})).toBe(file?.text);
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
    `const url = \`http://x/\${\`a\${__ENV.API_TOKEN}\`}\`;`,
    "const quote = /['\"]/; const a = __ENV.API_TOKEN; // it's",
    'const { b: { c }, "API_TOKEN": a, ...rest } = __ENV, d = 1;',
    'const a: string = __ENV.API_TOKEN as string;',
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
    'const help = "set __ENV.API_TOKEN";',
    `const help = \`set __ENV.API_TOKEN \${1} or __ENV["API_TOKEN"]\`;`,
    'const pattern = /__ENV.API_TOKEN/;',
    'const own = { __ENV: { API_TOKEN: 1 } };',
    'const { a } = settings.__ENV; settings.__ENV.API_TOKEN;',
    'const { HOST: API_TOKEN } = __ENV;',
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
