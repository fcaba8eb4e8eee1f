import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { InputSpec } from '../../src/config/input-spec.ts';
import { formerNames, inputNames, inputs } from '../../src/config/inputs.ts';
import { configError, configFilePath, parseConfig, type RawConfig, readText } from '../../src/config/parse-config.ts';
import { formatProblem } from '../../src/config/problem.ts';

const minimal = { 'target-url': 'https://preview.example.com/', script: 'load.js' };

function configOf(inputTexts: RawConfig['inputs'], file?: string) {
  const parsed = parseConfig({ inputs: { ...minimal, ...inputTexts }, ...configFile(file) });
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.config;
}

function problemsOf(inputTexts: RawConfig['inputs'], file?: string): string[] {
  const parsed = parseConfig({ inputs: { ...minimal, ...inputTexts }, ...configFile(file) });
  return 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
}

function configFile(text: string | undefined) {
  return text === undefined ? {} : { configFile: { path: '.tailgate.yml', text } };
}

describe('parseConfig', () => {
  it('takes any answer of the service at / for ready, but asks a path that was named to be there', () => {
    const named = parseConfig({ inputs: { 'target-url': 'http://a.test', script: 'a.js', 'wait-path': '/health' } });
    expect(named).toMatchObject({ config: { readiness: { statuses: [{ lowest: 200, highest: 399 }] } } });
  });

  it('takes a default of the surroundings for the store, which an input overrules', () => {
    const given = { 'target-url': 'http://a.test', script: 'a.js' };
    const defaults = { 'baseline-store': 'branch:runs' };
    const silent = parseConfig({ inputs: given, defaults });
    expect(silent).toMatchObject({ config: { baselineStore: { kind: 'branch', name: 'runs' } } });
    const spoken = parseConfig({ inputs: { ...given, 'baseline-store': 'dir:runs' }, defaults });
    expect(spoken).toMatchObject({ config: { baselineStore: { kind: 'directory', path: 'runs' } } });
  });

  it('fills in the documented defaults around the two required inputs', () => {
    expect(configOf({})).toEqual({
      name: 'tailgate',
      mode: 'auto',
      placement: 'auto',
      target: { url: 'https://preview.example.com', urlVariables: ['BASE_URL', 'TARGET_URL'] },
      scripts: ['load.js'],
      k6: { args: [] },
      env: [],
      baselineEnv: [],
      candidateEnv: [],
      readiness: { path: '/', statuses: [{ lowest: 200, highest: 499 }], timeoutMs: 120_000 },
      baselineStore: { kind: 'directory', path: '.tailgate/baselines' },
      thresholds: {
        margins: {
          relativeIncrease: { p50: 0.1, p95: 0.1, p99: 0.15 },
          latencyIncreaseMs: 5,
          errorRateIncrease: 0.005,
        },
        rules: [],
        metrics: [],
        sensitivity: 'balanced',
        alpha: 0.05,
        errorRateCeiling: 0.05,
        judgeAgainst: 'baseline',
      },
      given: {
        flags: [{ name: 'script', value: 'load.js' }],
        hasScript: true,
        targetUrl: 'https://preview.example.com',
        hasPreviews: false,
      },
      failOn: ['regressed', 'k6-thresholds', 'invalid'],
      narrative: { mode: 'auto', model: 'claude-haiku-5-5', includesDiff: false },
      inspection: { when: 'auto', mayProbe: true },
      talking: { comment: 'always', checkRun: false, acceptLabel: 'tailgate-accept' },
      betweenJobs: { candidateFrom: [], repeats: 'auto', unchangedJobs: [] },
      maxRepeats: 1,
      reportDir: 'tailgate-report',
    });
  });

  it('names the gate after the surroundings unless the input does', () => {
    const raw = { inputs: minimal, defaults: { name: 'CI / load' } };
    expect(parseConfig(raw)).toMatchObject({ config: { name: 'CI / load' } });
    expect(parseConfig({ ...raw, inputs: { ...minimal, name: 'shop' } })).toMatchObject({ config: { name: 'shop' } });
  });

  it.each([
    ['duration', '1m30s', { durationMs: 90_000 }],
    ['script', 'a.js\n\n  b.ts\n', { scripts: ['a.js', 'b.ts'] }],
    ['k6-version', 'v1.8.1', { k6: { version: '1.8.1' } }],
    [
      'k6-args',
      `--tag "team=my shop" -e 'A=b c' --quiet`,
      { k6: { args: ['--tag', 'team=my shop', '-e', 'A=b c', '--quiet'] } },
    ],
    ['target-url', 'deployment:Preview – shop', { target: { url: { environment: 'Preview – shop' } } }],
    ['baseline-url', 'deployment: staging', { duet: { baselineUrl: { environment: 'staging' } } }],
    ['url-variable', 'API_URL', { target: { urlVariables: ['API_URL'] } }],
    [
      'wait-status',
      '2xx, 404',
      {
        readiness: {
          statuses: [
            { lowest: 200, highest: 299 },
            { lowest: 404, highest: 404 },
          ],
        },
      },
    ],
    ['bypass-header', 'x-bypass: s3cret: yes', { bypassHeader: { name: 'x-bypass', value: 's3cret: yes' } }],
    ['baseline-store', 'dir:../runs', { baselineStore: { kind: 'directory', path: '../runs' } }],
    ['max-p99-increase', '7.5%', { thresholds: { margins: { relativeIncrease: { p99: 0.075 } } } }],
    ['min-latency-increase', '0ms', { thresholds: { margins: { latencyIncreaseMs: 0 } } }],
    ['max-error-rate-increase', '1pp', { thresholds: { margins: { errorRateIncrease: 0.01 } } }],
    ['fail-on', 'never', { failOn: ['never'] }],
    ['fail-on', 'regressed\ninconclusive,regressed', { failOn: ['regressed', 'inconclusive'] }],
    ['warm-up', '0s', { warmUpMs: 0 }],
  ])('reads %s: %s', (name, text, expected) => {
    expect(configOf({ [name]: text })).toMatchObject(expected);
  });

  it('reads a rate beside a duration', () => {
    expect(configOf({ rate: '20/s', duration: '1m' }).rate).toEqual({ count: 20, perMs: 1000 });
    expect(configOf({ rate: '5/10s', duration: '1m' }).rate).toEqual({ count: 5, perMs: 10_000 });
  });

  it('keeps set and passed-through variables apart, and everything after the first equals sign', () => {
    expect(configOf({ env: 'API={url}/v1?a=b\nTOKEN\n# a remark\nEMPTY=' }).env).toEqual([
      { kind: 'set', name: 'API', value: '{url}/v1?a=b' },
      { kind: 'passed-through', name: 'TOKEN' },
      { kind: 'set', name: 'EMPTY', value: '' },
    ]);
  });

  it.each([
    [
      'GET /checkout p95: 5% 20ms',
      { pattern: 'GET /checkout', margins: { relativeIncrease: { p95: 0.05 }, latencyIncreaseMs: { p95: 20 } } },
    ],
    ['GET /items/:id p99: 30%', { pattern: 'GET /items/:id', margins: { relativeIncrease: { p99: 0.3 } } }],
    [
      'POST *: 20% 1pp',
      { pattern: 'POST *', margins: { relativeIncrease: { p50: 0.2, p95: 0.2, p99: 0.2 }, errorRateIncrease: 0.01 } },
    ],
    [
      'GET /a [browse]: 2s',
      { pattern: 'GET /a [browse]', margins: { latencyIncreaseMs: { p50: 2000, p95: 2000, p99: 2000 } } },
    ],
  ])('reads the override %s', (line, rule) => {
    expect(configOf({ overrides: line }).thresholds.rules).toEqual([rule]);
  });

  it('asks for neither target nor script where only files are compared', () => {
    const parsed = parseConfig({ inputs: {}, needs: 'comparison' });
    expect(parsed).toMatchObject({ config: { scripts: [] } });
    expect('config' in parsed && 'target' in parsed.config).toBe(false);
  });

  it('shows every problem of inputs and file at once', () => {
    const problems = problemsOf(
      { 'target-url': '', script: '', duration: '-5s', 'max-p95-incraese': '5%', mode: 'quartet' },
      'alpha: 7\nfail-onn: never\nrate: fast\n',
    );
    expect(problems).toEqual([
      'inputs: got the input "max-p95-incraese", expected "max-p95-increase"',
      '.tailgate.yml: got the key "fail-onn", expected "fail-on"',
      'input duration: got "-5s", expected a duration from 1s to 24h, with its unit (ms, s, m, h) (example: 2m)',
      '.tailgate.yml: rate: got "fast", expected a whole number above 0, a slash and a time (example: 20/s)',
      'input mode: got "quartet", expected one of auto, stored, duet, record, calibrate, measure, decide (example: record)',
      '.tailgate.yml: alpha: got "7", expected a number from 0.001 to 0.2 (example: 0.01)',
      'input target-url: got nothing, expected address of the deployment to test (example: https://preview-42.example.com)',
      'input script: got nothing, expected path of the k6 script, run unchanged; one path a line for several, which run one after another into one verdict (example: load/checkout.js)',
    ]);
  });

  it.each([
    ['target-url', 'preview.example.com'],
    ['target-url', 'ftp://example.com'],
    ['target-url', 'deployment:'],
    ['baseline-url', 'deployment:a\nb'],
    ['target-url', 'https://user:pw@example.com'],
    ['target-url', 'https://a b.example.com'],
    ['target-url', 'https://example.com/?v=2'],
    ['baseline-url', 'https://example.com/shop#top'],
    ['duration', 'NaN'],
    ['duration', '1e400s'],
    ['duration', '99999h'],
    ['duration', '10'],
    ['duration', '0s'],
    ['time-budget', '-1m'],
    ['max-p95-increase', '10'],
    ['max-p95-increase', '-10%'],
    ['max-p95-increase', 'NaN%'],
    ['max-p95-increase', '99999%'],
    ['max-error-rate-increase', '0.5%'],
    ['rate', '0/s'],
    ['rate', '-3/s'],
    ['fail-on', 'never, regressed'],
    ['fail-on', 'slow'],
    ['wait-status', '700'],
    ['wait-status', '400-300'],
    ['wait-path', 'health'],
    ['k6-args', '--tag "open'],
    ['k6-version', 'latest'],
    ['baseline-store', 's3://bucket'],
    ['name', 'two\nlines'],
    ['overrides', 'GET /checkout 5%'],
    ['overrides', 'GET /checkout p95: quick'],
    ['overrides', 'GET /checkout p95: 1pp'],
    ['environment', 'a b'],
  ])('refuses %s: %s, naming the input and giving an example', (name, text) => {
    const extra = name === 'rate' ? { duration: '1m' } : {};
    const problems = problemsOf({ [name]: text, ...extra });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^input ${name}: got .+, expected .+ \\(example: .+\\)$`));
  });

  it.each([
    ['bypass-header', 'no-colon-s3cret'],
    ['bypass-header', 'x-bypass: s3cret “quoted by a text program”'],
    ['bypass-header', 'x-bypass: s3cret\u0007'],
    ['env', 'GOOD=1\nbad name=s3cret'],
    ['env', 's3cret!with=signs'],
  ])('never quotes a secret in what it says of %s', (name, text) => {
    const problems = problemsOf({ [name]: text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain('s3cret');
    expect(problemsOf({ 'target-url': 'https://user:s3cret@example.com' })[0]).not.toContain('s3cret');
    expect(problemsOf({ 'target-url': 'https://example.com/?token=s3cret' })[0]).not.toContain('s3cret');
  });

  it('refuses what no process can be started with, without quoting it', () => {
    const long = 's3cret'.repeat(25_000);
    expect(problemsOf({ env: `A=1\nLOGIN=${long}` })).toEqual([
      expect.stringMatching(/^input env: got \(hidden\), expected values of at most 120000 bytes/),
    ]);
    expect(problemsOf({ 'k6-args': `--tag a=${'ä'.repeat(60_001)}` })).toEqual([
      expect.stringContaining('got "one of 120004 bytes", expected arguments of at most 120000 bytes each'),
    ]);
    expect(configOf({ env: `A=${'x'.repeat(100_000)}` }).env).toHaveLength(1);
  });

  it('refuses a warm-up that leaves nothing to judge, and a rate without a duration', () => {
    expect(problemsOf({ 'warm-up': '1m', duration: '1m' })).toEqual([
      'warm-up: got 1m, expected less than duration, which is 1m (example: 10s)',
    ]);
    expect(problemsOf({ rate: '5/s' })).toEqual([
      'input duration: got nothing, expected a duration beside rate (example: 2m)',
    ]);
  });

  it('lists what is known when an unknown input resembles nothing', () => {
    expect(problemsOf({ qqqqqqqq: 'x' })[0]).toContain('expected one of target-url, script, name');
  });

  it.each(inputNames.map((name) => [name]))('takes its own documented example of %s', (name) => {
    const spec: InputSpec<unknown> = inputs[name];
    expect(readText(spec, spec.example).isValid).toBe(true);
  });

  test.prop([fc.string(), fc.constantFrom(...inputNames)])('never throws, whatever an input says', (text, name) => {
    expect(() => parseConfig({ inputs: { ...minimal, [name]: text } })).not.toThrow();
  });
});

describe('parseConfig with a file', () => {
  it('reads the keys of the inputs and those that only the file has', () => {
    const file = `
max-p95-increase: 20%
fail-on: [regressed, invalid]
wait-status: 200
env:
  API: "{url}/v1"
  PORT: 8080
alpha: 0.01
block-length: 10s
error-rate-ceiling: 2%
group-by: operation
judge-against: objective
metrics:
  cart_value: { unit: EUR, direction: down, margin: 5% }
endpoints:
  GET /checkout:
    weight: 3
    margins: { max-p95-increase: 5%, min-latency-increase: 20ms, max-error-rate-increase: 1pp }
    objective: p95 < 300ms
  "* /health": { ignore: true }
`;
    expect(configOf({}, file)).toMatchObject({
      failOn: ['regressed', 'invalid'],
      readiness: { statuses: [{ lowest: 200, highest: 200 }] },
      env: [
        { kind: 'set', name: 'API', value: '{url}/v1' },
        { kind: 'set', name: 'PORT', value: '8080' },
      ],
      blockLengthMs: 10_000,
      groupBy: 'operation',
      thresholds: {
        margins: { relativeIncrease: { p50: 0.1, p95: 0.2 } },
        alpha: 0.01,
        errorRateCeiling: 0.02,
        judgeAgainst: 'objective',
        metrics: [{ metric: 'cart_value', unit: 'EUR', direction: 'down', margin: 0.05 }],
        rules: [
          {
            pattern: 'GET /checkout',
            weight: 3,
            margins: { relativeIncrease: { p95: 0.05 }, latencyIncreaseMs: 20, errorRateIncrease: 0.01 },
            objective: { quantile: 'p95', limitMs: 300 },
          },
          { pattern: '* /health', isIgnored: true },
        ],
      },
    });
  });

  it('takes as a flag what the file has below the key', () => {
    const { thresholds } = configOf({
      endpoints: 'GET /a: { weight: 2 }\n"* /health": { ignore: true }',
      alpha: '0.01',
    });
    expect(thresholds.rules).toEqual([
      { pattern: 'GET /a', weight: 2 },
      { pattern: '* /health', isIgnored: true },
    ]);
    expect(thresholds.alpha).toBe(0.01);
    expect(problemsOf({ endpoints: 'GET /a: { wieght: 2 }' })).toEqual([
      expect.stringContaining('expected at GET /a > wieght: "weight"'),
    ]);
    expect(problemsOf({ metrics: '[' })).toEqual([expect.stringContaining('expected YAML as under the same key')]);
  });

  it('lets inputs win, and puts overrides after the endpoints of the file', () => {
    const config = configOf(
      { 'max-p95-increase': '7%', overrides: 'GET /a: 1%' },
      'max-p95-increase: 20%\noverrides: "GET /b: 2%"\nendpoints: { GET /a: { weight: 2 } }',
    );
    expect(config.thresholds.margins.relativeIncrease.p95).toBe(0.07);
    expect(config.thresholds.rules.map(({ pattern }) => pattern)).toEqual(['GET /a', 'GET /a']);
  });

  it('reports a wrong value of the file even where an input overrules it', () => {
    expect(problemsOf({ 'max-p95-increase': '7%' }, 'max-p95-increase: lots')).toHaveLength(1);
  });

  it.each([
    ['', []],
    ['# only a remark', []],
    ['- a\n- b', ['.tailgate.yml: got "[\\"a\\",\\"b\\"]", expected keys and values (example: max-p95-increase: 10%)']],
    [
      'max-p95-increase:',
      ['.tailgate.yml: max-p95-increase: got nothing, expected a value, or a list of values (example: 15%)'],
    ],
    [
      'endpoints: { GET /a: { wieght: 2 } }',
      ['.tailgate.yml: endpoints > GET /a > wieght: got this unknown key, expected "weight"'],
    ],
    [
      'endpoints: { GET /a: { weight: -1 } }',
      ['.tailgate.yml: endpoints > GET /a > weight: got "-1", expected a number from 0 to 1000 (example: 2)'],
    ],
    [
      'endpoints: { GET /a: { objective: fast } }',
      [
        '.tailgate.yml: endpoints > GET /a > objective: got "fast", expected a quantile, < and a duration (example: p95 < 300ms)',
      ],
    ],
    [
      'metrics: { cart: { direction: up } }',
      ['.tailgate.yml: metrics > cart > margin: got nothing, expected a value, as for each of unit, direction, margin'],
    ],
    ['alpha: .nan', [expect.stringContaining('alpha: got "NaN", expected a number from 0.001 to 0.2')]],
    [
      'judge-against: objective',
      [
        'judge-against: got objective, expected at least one endpoint with an objective (example: objective: p95 < 300ms)',
      ],
    ],
    ['config: other.yml', [expect.stringContaining('.tailgate.yml: got the key "config"')]],
    ['endpoints: []', [expect.stringContaining('expected a mapping from endpoint names')]],
    ['endpoints: fast', [expect.stringContaining('expected a mapping from endpoint names')]],
    ['env: { A: { b: 1 } }', [expect.stringContaining('env: got (hidden)')]],
  ])('says of the file %j exactly what is wrong', (file, expected) => {
    expect(problemsOf({}, file)).toEqual(expected);
  });

  it.each([
    ['alpha: 0.05\nfail-on: [regressed\nmode: auto\n', 'end with a ] at line 3, column 1', 'mode: auto'],
    ['mode: auto\nname: "shop\nalpha: 0.05\n', 'Missing closing "quote at line', 'alpha: 0.05'],
    ['alpha: 0.05\nalpha: 0.05\n', 'Map keys must be unique at line 2, column 1', 'alpha: 0.05'],
    ['endpoints:\n\tGET /a:\n', 'Tabs are not allowed as indentation at line 2, column 1', '\tGET /a:'],
    ['overrides: GET /a p95: 5%', 'Nested mappings are not allowed in compact mappings at line 1, column 12', 'GET /a'],
    ['name: @shop', 'Plain value cannot start with reserved character @ at line 1, column 7', 'name: @shop'],
    ['script:\n  - a.js\n name: shop', 'at line 3, column 1', ' name: shop'],
    ['mode: auto\nname\n', 'Implicit map keys need to be followed by map values at line 2, column 1', 'name'],
    ["name: 'it's'", 'at line 1, column 11', "name: 'it's'"],
    ['mode: auto\n---\nname: shop', 'at line 2, column 1', '---'],
    ['<<<<<<< HEAD\nmode: auto\n=======\nmode: duet\n>>>>>>> b', 'at line', '<<<<<<< HEAD'],
  ])('says where %j stops being YAML, why, and shows the line', (file, reason, line) => {
    const problems = problemsOf({}, file);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\.tailgate\.yml: .+ at line \d+, column \d+:\n {4}/);
    expect(problems[0]).toContain(reason);
    expect(problems[0]?.split('\n').slice(1).join('\n')).toContain(line);
  });

  it.each([
    'bypass-header: x-key: hush\n',
    'bypass-header: x-bypass: hush',
    'mode: auto\nenv: |\n  A=1\n KEY=hush\n',
    'env:\n  LOGIN: "hush"]',
    'env:\n  LOGIN: "hush\\qush"\n',
    'env: {LOGIN: hush\nmode: auto\n',
    'anthropic-api-key: hush\nhush\n',
    '"env":\n  LOGIN: hush\n---\nmode: auto\n',
    'env:\n  LOGIN: "a" hush',
    'env:\n  LOGIN: %hush',
    'env:\n  LOGIN: !hush! x',
    'env:\n  LOGIN: &a &hush b',
    '%hush\nenv: 1\n',
  ])('quotes nothing of a file that is no YAML where a secret may stand in it: %j', (file) => {
    const problems = problemsOf({}, file);
    expect(problems.join('\n')).not.toContain('hush');
    expect(problems).toEqual([
      expect.stringMatching(/^\.tailgate\.yml: no valid YAML \([a-z ]+\) at line \d+, column \d+, which is not shown/),
    ]);
  });

  it.each(['env: *hush', '- env: hush', 'env: &a hush\nname: [*a, *hush]'])('quotes nothing of %j either', (file) => {
    expect(problemsOf({}, file).join('\n')).toMatch(
      /^(?!.*hush)\.tailgate\.yml: got (its aliases|\(hidden\)), expected/,
    );
  });

  it('says what it takes where YAML would speak to a programmer', () => {
    expect(problemsOf({}, '<<: *shared\n')).toEqual([
      '.tailgate.yml: got its aliases, expected valid YAML: Unresolved alias (the anchor must be set before the alias): shared',
    ]);
    const bomb = [
      'a: &a [x]',
      ...'bcdefg'.split('').map((key, i) => `${key}: &${key} [${`*${'abcdef'[i]},`.repeat(9)}]`),
    ];
    expect(problemsOf({}, bomb.join('\n'))).toEqual([expect.stringContaining('Excessive alias count')]);
  });

  it('does not read a file that is longer than any that a person wrote', () => {
    expect(problemsOf({}, '#'.repeat(200_001))).toEqual([
      '.tailgate.yml: got 200001 characters, expected a file of at most 200000 characters',
    ]);
  });

  test.prop([fc.string()])('never throws, whatever the file says', (text) => {
    expect(() => parseConfig({ inputs: minimal, configFile: { path: 'x', text } })).not.toThrow();
  });
});

describe('parseConfig of the Action', () => {
  function problemsOfAction(inputTexts: RawConfig['inputs'], file?: string): string[] {
    const parsed = parseConfig({ inputs: { ...minimal, ...inputTexts }, isAction: true, ...configFile(file) });
    return 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
  }

  it('says of what only the file has where to set it, together with every other problem', () => {
    expect(problemsOfAction({ 'duet-order': 'alternating', 'max-p95-incraese': '5%', mode: 'quartet' })).toEqual([
      'input duet-order: duet-order is set in .tailgate.yml, not as an input',
      'inputs: got the input "max-p95-incraese", expected "max-p95-increase"',
      expect.stringContaining('input mode: got "quartet"'),
    ]);
    expect(problemsOf({ 'duet-order': 'alternating' })).toEqual([]);
    expect(problemsOfAction({}, 'duet-order: alternating')).toEqual([]);
  });

  it('takes a setting that is left empty for one that was not given', () => {
    expect(problemsOfAction({ 'duet-order': undefined, legs: undefined })).toEqual([]);
  });
});

describe('parseConfig of former names', () => {
  it.each([...formerNames.inputs])('says what %s is called now, given as an input or in the file', (former, name) => {
    expect(problemsOf({ [former]: 'a' })).toEqual([`input ${former}: now called ${name}`]);
    expect(problemsOf({}, `${former}: a`)).toEqual([`.tailgate.yml: ${former}: now called ${name}`]);
  });

  it.each([...formerNames.modes])('says what the mode %s is called now', (former, mode) => {
    expect(problemsOf({ mode: former })).toEqual([`input mode: ${former} is now called ${mode}`]);
    expect(problemsOf({}, `mode: ${former}`)).toEqual([`.tailgate.yml: mode: ${former} is now called ${mode}`]);
  });

  it('knows no former name that is a name of today', () => {
    expect([...formerNames.inputs.keys()].filter((name) => name in inputs)).toEqual([]);
  });
});

describe('configError', () => {
  it('carries every problem and ends the program with exit code 2', () => {
    const error = configError([
      { where: 'input rate', got: '"x"', expected: 'a rate', example: '20/s' },
      { where: 'input mode', got: '"y"', expected: 'a mode' },
    ]);
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe(
      'The configuration has 2 problems:\n  input rate: got "x", expected a rate (example: 20/s)\n  input mode: got "y", expected a mode',
    );
  });
});

describe('configFilePath', () => {
  it('misses the default file silently, and a named one not', () => {
    expect(configFilePath({})).toEqual({ path: '.tailgate.yml', isRequired: false });
    expect(configFilePath({ config: 'a.yml' })).toEqual({ path: 'a.yml', isRequired: true });
  });

  it('reads what a duet needs, and asks for the second address where the mode says duet', () => {
    const duet = { 'baseline-url': 'https://staging.example.com', 'restart-command': './restart.sh' };
    expect(configOf(duet).duet).toEqual({
      baselineUrl: 'https://staging.example.com',
      order: 'auto',
      restartCommand: './restart.sh',
    });
    expect([configOf({}).duet, configOf({}).placement]).toEqual([undefined, 'auto']);
    expect(problemsOf({ mode: 'duet' })).toEqual([
      'input baseline-url: got nothing, expected the address to compare with in mode duet (example: https://staging.example.com)',
    ]);
  });
});
