import { describe, expect, it } from 'vitest';
import { browserForK6 } from '../../../support/a-browser.ts';
import { type MeasureRequest, measureScript, scriptFolder } from '../../../support/measure-script.ts';
import { startScriptedTarget } from '../../../support/scripted-target.ts';

const once = 'export const options = { vus: 1, iterations: 1 };';
const http = "import http from 'k6/http';";

/** Measures a script of this text against a target of its own. */
async function measured(text: string, given: Omit<MeasureRequest, 'url'> = {}) {
  await using target = await startScriptedTarget();
  await using folder = await scriptFolder({ 'script.js': text });
  const { measurement } = await measureScript({
    url: target.url,
    scripts: ['script.js'],
    directory: folder.path,
    ...given,
  });
  const paths = target.requests.filter((request) => request !== 'GET /');
  return measurement.kind === 'measured'
    ? { paths, record: measurement.record }
    : { paths, detail: measurement.detail.replaceAll(/127\.0\.0\.1:\d+/g, 'TARGET'), hint: measurement.hint };
}

describe('the hint for a script that gets the address otherwise cures it', () => {
  it('when it wants a host alone', async () => {
    const script = `${http} ${once} export default function () { http.get('http://' + __ENV.SHOP_AT + '/a'); }`;
    expect(await measured(script, { urlVariables: ['SHOP_AT'] })).toEqual({
      paths: [],
      detail: 'script.js never calls the target TARGET: its requests go to http',
      hint: "SHOP_AT held the whole address where the script expects a part of it. Give it that part: --env 'SHOP_AT={host}' (in a workflow `SHOP_AT={host}` under `env`, one a line).",
    });
    const cured = { urlVariables: ['SHOP_AT'], env: { SHOP_AT: '{host}' } };
    expect(await measured(script, cured)).toMatchObject({ paths: ['GET /a'] });
  });

  it('when it wants scheme, host and port apart', async () => {
    const script = `${http} ${once} const { SCHEME = 'https', HOST = 'localhost', PORT = '9' } = __ENV;
export default function () { http.get(SCHEME + '://' + HOST + ':' + PORT + '/a'); }`;
    expect(await measured(script)).toEqual({
      paths: [],
      detail: 'script.js never calls the target TARGET: its requests go to localhost:9',
      hint: "The script takes parts of the address from HOST, PORT, SCHEME. Give it those: --env 'HOST={hostname}' --env 'PORT={port}' --env 'SCHEME={scheme}' (in a workflow `HOST={hostname}`, `PORT={port}`, `SCHEME={scheme}` under `env`, one a line).",
    });
    const env = { HOST: '{hostname}', PORT: '{port}', SCHEME: '{scheme}' };
    expect(await measured(script, { env })).toMatchObject({ paths: ['GET /a'] });
  });
});

describe('the hint for a script that k6 does not load cures it', () => {
  const externally = (executor: string) => `${http}
export const options = { scenarios: { a: { executor: '${executor}', vus: 1, duration: '1s' } } };
export default function () { http.get(__ENV.BASE_URL + '/a'); }`;

  it('when k6 2 no longer has its executor', async () => {
    expect(await measured(externally('externally-controlled'))).toEqual({
      paths: [],
      detail: "k6 can't run script.js: unknown executor type 'externally-controlled'",
      hint: 'k6 2 no longer has this executor. Write `constant-vus` in its place, with the same `vus` and `duration` and without `maxVUs`, or stay with k6 1: `k6-version: 1.8.1`.',
    });
    expect((await measured(externally('constant-vus'))).paths).toContain('GET /a');
    expect((await measured(externally('externally-controlled'), { version: '1.8.1' })).paths).toContain('GET /a');
  });

  it('when it imports JSON', async () => {
    const script = (read: string, use = '') =>
      `${http} ${read} ${once} export default function () { http.get(__ENV.BASE_URL + '/' + data.path); }${use}`;
    await using folder = await scriptFolder({
      'broken.js': script("import data from './data.json';"),
      'cured.js': script("const data = JSON.parse(open('./data.json'));"),
      'data.json': '{"path":"a"}',
    });
    const given = { directory: folder.path };
    expect(await measured('', { ...given, scripts: ['broken.js'] })).toEqual({
      paths: [],
      detail: "k6 can't run broken.js: data.json: Line 1:8 Unexpected token :",
      hint: "k6 can't import JSON. Read it in the script instead: `JSON.parse(open('./FILE.json'))`.",
    });
    expect((await measured('', { ...given, scripts: ['cured.js'] })).paths).toEqual(['GET /a']);
  });

  it("when it needs an extension, which takes a k6 of one's own", async () => {
    const script = `import sql from 'k6/x/sql'; ${http} ${once} export default function () { http.get(__ENV.BASE_URL); }`;
    const environment = { PATH: process.env['PATH'], K6_AUTO_EXTENSION_RESOLUTION: 'false' };
    expect(await measured(script, { environment })).toEqual({
      paths: [],
      detail: "k6 can't run script.js: it imports k6/x/sql, which this k6 2.2.0 doesn't have",
      hint: "Build a k6 with the extension and name it in `k6-path`: `xk6 build v2.2.0 --with MODULE`, where MODULE is the extension's Go module; see https://grafana.com/docs/k6/latest/extensions/build-k6-binary-using-go/.",
    });
  });

  it('when there is no browser that k6 could start', async () => {
    const script = `import { browser } from 'k6/browser';
export const options = { scenarios: { ui: { executor: 'shared-iterations', options: { browser: { type: 'chromium' } } } } };
export default async function () {
  const page = await browser.newPage();
  await page.goto(__ENV.BASE_URL + '/page');
  await page.close();
}`;
    const environment = await browserForK6();
    expect(
      await measured(script, { environment: { ...environment, K6_BROWSER_EXECUTABLE_PATH: '/nowhere/chrome' } }),
    ).toEqual({
      paths: [],
      detail:
        "k6 can't start a browser for script.js: finding browser executable: k6 couldn't detect google chrome or a chromium-supported browser on the given path: /nowhere/chrome",
      hint: 'Install Chrome or Chromium on this machine (the Ubuntu images of GitHub have it), or set K6_BROWSER_EXECUTABLE_PATH to its program.',
    });
    expect((await measured(script, { environment })).paths).toContain('GET /page');
  });
});

describe('the tags that measuring needs', () => {
  it.each([
    ['the script', { systemTags: "['status', 'vu']" }, {}],
    ['the environment', {}, { environment: { PATH: process.env['PATH'], K6_SYSTEM_TAGS: 'proto' } }],
    ['a flag', { systemTags: '[]' }, { k6Args: ['--system-tags=check'] }],
  ])('are asked of k6 where %s lists others', async (_, options, given) => {
    const own = 'systemTags' in options ? `systemTags: ${options.systemTags},` : '';
    const outcome = await measured(
      `${http} export const options = { vus: 1, iterations: 2, ${own} };
export default function () { http.get(__ENV.BASE_URL + '/fast'); http.post(__ENV.BASE_URL + '/slow'); }`,
      given,
    );
    expect(outcome.record?.endpoints.map(({ endpoint }) => endpoint).sort()).toEqual(['GET /fast', 'POST /slow']);
  });
});
