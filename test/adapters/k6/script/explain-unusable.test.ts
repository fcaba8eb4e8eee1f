import { describe, expect, it } from 'vitest';
import { explainBrowser, explainUnusable } from '../../../../src/adapters/k6/script/explain-unusable.ts';

const k6 = { path: 'k6', version: '2.2.0', major: 2 };
const explain = (detail: string, text = '') =>
  explainUnusable({ script: 'a.js', sources: [{ path: '/work/a.js', text }], k6, detail });

describe('explainUnusable', () => {
  it.each([
    [
      "unknown executor type 'constant-arival-rate'",
      'Correct the name in `scenarios`: k6 has shared-iterations, per-vu-iterations, constant-vus, ramping-vus, constant-arrival-rate and ramping-arrival-rate.',
    ],
    [
      "GoError: k6/experimental/redis has been removed. Please migrate to the new version by changing your import to 'k6/x/redis'.",
      'Stay with k6 1, which still has it: `k6-version: 1.8.1`. From k6 2 on it is an extension, k6/x/redis, which needs a k6 of your own in `k6-path`.',
    ],
    [
      'GoError: k6/experimental/grpc has been graduated, please use k6/net/grpc instead.',
      'Change the import in the script as k6 says.',
    ],
    [
      `The moduleSpecifier "lodash" couldn't be recognised as something k6 supports.`,
      "k6 has no packages of npm. Bundle lodash into the script: `esbuild SCRIPT --bundle --format=esm --external:k6 --external:'k6/*' --outfile=bundle.js`, then give bundle.js.",
    ],
    [
      `The moduleSpecifier "https://x.invalid/a.js" couldn't be retrieved from the resolved url "https://x.invalid/a.js".`,
      'k6 fetches this module from the network each time. Let this machine reach it, or keep a copy beside the script and import that.',
    ],
    [
      `The moduleSpecifier "./lib/api.js" couldn't be found on local disk.`,
      'k6 looks for it beside the file that imports it. If the script is a link to a file elsewhere, give the path of that file.',
    ],
    [
      "There were problems with the specified script configuration: executor a: function 'nope' not found in exports",
      'Export a function nope from the script, or name in `exec` one that is exported.',
    ],
    [
      'no exported functions in script',
      'Export the function that makes the requests: `export default function () { … }`.',
    ],
    [
      'Line 1:11 Unexpected token ;',
      'Correct the script at the place that k6 names; the same command tells without any load whether that was all.',
    ],
  ])('says what helps against %s', (said, hint) => {
    expect(explain(`a.js: ${said}`)).toEqual({
      kind: 'not-measured',
      reason: 'k6-could-not-run',
      detail: `k6 can't run a.js: ${said}`,
      hint,
    });
  });

  it('tells that k6 could not have an extension built', () => {
    const said =
      'Failed to provision a k6 binary with required dependencies. Please, make sure to report this issue by opening a bug report.: building binary: building binary: Post "https://ingest.k6.io/builder/api/v1/build": no such host';
    expect(explain(said, "import sql from 'k6/x/sql'; import kafka from 'k6/x/kafka';").detail).toBe(
      `k6 can't run a.js: it imports k6/x/sql, k6/x/kafka, which this k6 2.2.0 doesn't have, and k6 could not have it built: Post "https://ingest.k6.io/builder/api/v1/build": no such host`,
    );
  });
});

describe('explainBrowser', () => {
  it('tells a browser that is missing from one that does not start', () => {
    const failed =
      'error building browser on IterStart: launching browser: exec: exit status 1 at default (/tmp/p.js:5:16(0))';
    expect(explainBrowser('a.js', failed)).toMatchObject({
      detail: "k6 can't start a browser for a.js: launching browser: exec: exit status 1",
      hint: 'See that Chrome or Chromium starts on this machine. As root or in a container it often needs K6_BROWSER_ARGS=no-sandbox.',
    });
  });
});
