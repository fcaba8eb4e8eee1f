import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { measureScript, recordOf, scriptFolder } from '../../../support/measure-script.ts';
import { startScriptedTarget } from '../../../support/scripted-target.ts';

/** The body of each script asks for a path that is its own name. */
const get = (name: string) => `http.get(__ENV.BASE_URL + '/${name}');`;

/** Scripts without a load of their own: k6 runs each once. */
const plain: Readonly<Record<string, string>> = {
  'function.js': `import http from 'k6/http';\nexport default function () { ${get('function.js')} }`,
  'renamed.js': `import http from 'k6/http';\nfunction browse() { ${get('renamed.js')} }\nexport { browse as default };`,
  'all-of-another.js': `export * from './shared.js';\nexport { default } from './shared.js';`,
  'exports.js': `const http = require('k6/http');\nexports.default = () => { ${get('exports.js')} };`,
  'module-exports.cjs': `const http = require('k6/http');\nmodule.exports = { default() { ${get('module-exports.cjs')} }, options: {} };`,
  'babel.js': `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.default = _default;
exports.options = void 0;
var _http = _interopRequireDefault(require("k6/http"));
function _interopRequireDefault(obj) { return obj && obj.__esModule ? obj : { default: obj }; }
const options = exports.options = {};
function _default() { _http.default.get(__ENV.BASE_URL + "/babel.js"); }`,
  'webpack.js': `(() => { "use strict";
var __webpack_require__ = { o: (o, p) => Object.prototype.hasOwnProperty.call(o, p),
  d: (e, d) => { for (var k in d) if (__webpack_require__.o(d, k)) Object.defineProperty(e, k, { enumerable: true, get: d[k] }); },
  r: (e) => Object.defineProperty(e, '__esModule', { value: true }) };
var __webpack_exports__ = {};
__webpack_require__.r(__webpack_exports__);
__webpack_require__.d(__webpack_exports__, { "default": () => (run), options: () => (options) });
const external = require("k6/http");
var options = {};
const run = function () { external.get(__ENV.BASE_URL + "/webpack.js"); };
var target = exports;
for (var i in __webpack_exports__) target[i] = __webpack_exports__[i];
if (__webpack_exports__.__esModule) Object.defineProperty(target, "__esModule", { value: true });
})();`,
  'typed.ts': `import http from 'k6/http';\ninterface Page { readonly path: string }\nconst page: Page = { path: '/typed.ts' };\nexport default (): void => { http.get(\`\${__ENV.BASE_URL}\${page.path}\`); };`,
  'module.mjs': `import http from 'k6/http';\nexport default function () { ${get('module.mjs')} }`,
  'marked.js': `\uFEFFimport http from 'k6/http';\r\nexport default function () {\r\n  ${get('marked.js')}\r\n}\r\n`,
  'words.js': `import http from 'k6/http';
const help = "export default function () {}", more = \`export { x as default }\`, quote = /['"]/;
export default function () { ${get('words.js')} } // export default`,
  'awaits.js': `import http from 'k6/http';
import { open as openFile } from 'k6/experimental/fs';
import { SharedArray } from 'k6/data';
const file = await openFile('data/path.txt');
await new Promise((done) => setTimeout(done, 5));
const bytes = new Uint8Array(16);
const length = await file.read(bytes);
const words = new SharedArray('words', () => [open('./data/path.txt')]);
export default function () {
  if (String.fromCharCode(...bytes.slice(0, length)) === words[0]) { ${get('awaits.js')} }
}`,
};

/** Scripts whose scenarios name their functions. */
const withLoad: Readonly<Record<string, string>> = {
  'no-default.js': `import http from 'k6/http';
export const options = { scenarios: { a: { executor: 'shared-iterations', iterations: 1, exec: 'browse' } } };
// export default function () { http.get(__ENV.BASE_URL + '/old'); }
export function browse() { ${get('no-default.js')} }
const handleSummary = () => ({});
export { handleSummary };`,
  'options-elsewhere.js': `import http from 'k6/http';
import { optionsOf } from './load.js';
export const options = optionsOf('run');
export const run = () => { ${get('options-elsewhere.js')} };`,
};

const helpers: Readonly<Record<string, string>> = {
  'shared.js': `import http from 'k6/http';\nexport const options = {};\nexport default function () { ${get('all-of-another.js')} }`,
  'load.js': `export function optionsOf(exec) { return { scenarios: { only: { executor: 'per-vu-iterations', vus: 1, iterations: 1, exec } } }; }`,
};

/** What bundlers make of a script in two files. */
async function bundles(folder: string): Promise<readonly string[]> {
  await writeFile(
    join(folder, 'page.ts'),
    `import http from 'k6/http';\nexport const visit = (path: string) => http.get(__ENV.BASE_URL + path);`,
  );
  return Promise.all(
    (['cjs', 'esm'] as const).map(async (format) => {
      const name = `esbuild-${format}.js`;
      const contents = `import { visit } from './page.ts';\nexport const options = {};\nexport default () => visit('/${name}');`;
      const stdin = { contents, resolveDir: folder, loader: 'ts' } as const;
      await build({ stdin, format, bundle: true, external: ['k6*'], outfile: join(folder, name), logLevel: 'error' });
      return name;
    }),
  );
}

describe.each(['2.2.0', '1.8.1'] as const)('with k6 %s', (version) => {
  it('every form of module that k6 runs gets the bypass header and an arrival rate', async () => {
    const seen = new Map<string, string>();
    await using target = await startScriptedTarget({ kind: 'ok' }, ({ headers, url = '' }) => {
      seen.set(url.slice(1), String(headers['x-bypass']));
      return false;
    });
    await using folder = await scriptFolder({});
    const directory = join(folder.path, 'last tests für k6');
    await mkdir(join(directory, 'data'), { recursive: true });
    await writeFile(join(directory, 'data/path.txt'), 'one');
    for (const [name, text] of Object.entries({ ...plain, ...withLoad, ...helpers }))
      await writeFile(join(directory, name), text);
    const all = [...Object.keys({ ...plain, ...withLoad }), ...(await bundles(directory))];
    const given = { url: target.url, version, directory, bypassHeader: { name: 'x-bypass', value: 'let-me-in' } };

    const record = recordOf(await measureScript({ ...given, scripts: all }));
    expect(record.exit.message).toBeUndefined();
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(['', ...all].map((name) => [name, 'let-me-in'])));
    expect(record.warnings).toEqual([]);

    // k6 wants a second at least, so only those whose options or functions come about in an unusual way.
    seen.clear();
    const rated = ['webpack.js', 'awaits.js', 'module-exports.cjs'];
    const rate = { count: 20, perMs: 1000 };
    const fast = recordOf(await measureScript({ ...given, scripts: rated, rate, durationMs: 1000 }));
    expect([...seen.keys()].sort()).toEqual(['', ...rated].sort());
    expect(fast.fingerprint.hard.load).toContain('awaits.js { default: constant-arrival-rate 20/1s for 1s }');
  });
});
