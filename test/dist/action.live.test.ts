import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { k6Binary } from '../support/k6-binary.ts';
import { type ActionOptions, runAction } from '../support/run-action.ts';
import { type ScriptedTarget, startScriptedTarget } from '../support/scripted-target.ts';

const script = resolve(import.meta.dirname, '../fixtures-k6/two-endpoints.js');

/** The items endpoint answers after `itemDelayMs`, the other one after 10 ms. */
let itemDelayMs = 20;
let target: ScriptedTarget;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-dist-'));
  target = await startScriptedTarget({ kind: 'ok' }, (request, response) => {
    setTimeout(() => response.end('{}'), request.url?.startsWith('/items/') ? itemDelayMs : 10);
    return true;
  });
  // The unchanged case must not flake on a crowded machine, whose tails wobble by tens of milliseconds; the slow one is
  // far beyond that.
  await configure('2.2.0');
});

async function configure(k6: '1.8.1' | '2.2.0') {
  const settings = [
    'alpha: 0.001',
    'min-latency-increase: 60ms',
    'warm-up: 500ms',
    'inspect: never',
    `k6-path: ${await k6Binary(k6)}`,
  ];
  await writeFile(join(folder, '.tailgate.yml'), settings.join('\n'));
}

afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function gate(
  event: ActionOptions['event'],
  inputs: Record<string, string> = {},
  options: Partial<ActionOptions> = {},
) {
  return runAction({
    event,
    cwd: folder,
    inputs: {
      'target-url': target.url,
      script,
      'baseline-store': `dir:${folder}/baselines`,
      'report-dir': `${folder}/report`,
      ...inputs,
    },
    ...options,
  });
}

const storedRuns = async () => (await readdir(join(folder, 'baselines')).catch(() => [])).length;

describe('the Action', () => {
  it('records runs of the default branch and says how many are still missing', async () => {
    for (const missing of [2, 1, 0]) {
      const run = await gate('push');
      expect(run.code, run.stdout).toBe(0);
      expect(run.outputs).toMatchObject({ verdict: 'no-baseline', 'baseline-runs': String(2 - missing) });
    }
    expect(await storedRuns()).toBe(3);
  });

  it('passes an unchanged pull request and stores nothing', async () => {
    const run = await gate('pull_request');
    expect(run.code, run.stdout).toBe(0);
    expect(run.outputs).toMatchObject({ verdict: 'pass', 'baseline-runs': '3', regressions: '[]' });
    expect(run.summary).toContain('PASS');
    expect(await storedRuns()).toBe(3);
  });

  it('fails a slow pull request, naming the endpoint in outputs, summary, log and report', async () => {
    itemDelayMs = 150;
    const run = await gate('pull_request');
    itemDelayMs = 20;
    expect(run.code, run.stdout).toBe(1);
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    const regressions = JSON.parse(run.outputs['regressions'] ?? '') as { subject: { name: string } }[];
    expect(new Set(regressions.map((row) => row.subject.name))).toEqual(new Set(['GET /items/:id']));
    expect(run.summary).toContain('GET /items/:id');
    expect(run.stdout).toMatch(/^::error::FAIL: .*GET \/items\/:id/m);
    const report = JSON.parse(await readFile(run.outputs['report-json'] ?? '', 'utf8'));
    expect(report).toMatchObject({ schema: 'tailgate.report/2', verdict: 'fail', exitCode: 1 });
  });

  it('leaves the verdict on a slow run to another job in mode measure, and what that needs in the report folder', async () => {
    itemDelayMs = 150;
    const run = await gate('pull_request', { mode: 'measure', jobs: '["shop", "search"]' });
    itemDelayMs = 20;
    expect(run.code, run.stdout).toBe(0);
    expect(run.summary).toContain('MEASURED');
    expect(run.stdout).not.toContain('::error::');
    expect(await readdir(join(folder, 'report'))).toContain('run-record.json');
  });

  it('does not compare runs of another major version of k6', async () => {
    await configure('1.8.1');
    const run = await gate('pull_request');
    await configure('2.2.0');
    expect(run.code, run.stdout).toBe(0);
    expect(run.outputs).toMatchObject({ verdict: 'no-baseline', 'baseline-runs': '0' });
  });

  it('exits with 2 and lists every problem of a wrong configuration', async () => {
    const wrong = { 'target-url': 'nowhere', 'max-p95-increase': 'a lot', legs: 'a', 'duet-order': 'alternating' };
    const run = await gate('pull_request', wrong);
    expect(run.code).toBe(2);
    expect(run.stdout).toContain('input legs: now called jobs');
    expect(run.stdout).toContain('duet-order is set in .tailgate.yml, not as an input');
    expect(run.stdout).toContain('target-url');
    expect(run.stdout).toContain('max-p95-increase');
  });

  it('exits with 3 when the target never answers, without calling that a regression', async () => {
    const run = await gate('pull_request', { 'target-url': 'http://127.0.0.1:9', 'wait-timeout': '2s' });
    expect(run.code).toBe(3);
    expect(run.outputs).toMatchObject({ verdict: 'invalid', reason: 'target-not-ready' });
  });

  it('ends within 6 s of a cancel signal, with nothing reported or stored and no k6 left', async () => {
    await rm(join(folder, 'report'), { recursive: true, force: true });
    let canceledAt = 0;
    const before = target.requests.length;
    const canceled = new Promise<void>((done) => {
      const poll = setInterval(() => {
        if (target.requests.length < before + 50) return;
        clearInterval(poll);
        done();
      }, 50);
    });
    const run = gate(
      'push',
      {},
      {
        onText: {
          text: 'with k6 2.2.0',
          call: (pid) =>
            void canceled.then(() => {
              canceledAt = performance.now();
              process.kill(pid, 'SIGINT');
            }),
        },
      },
    );
    const { code, outputs, summary } = await run;
    expect(performance.now() - canceledAt).toBeLessThan(6000);
    expect(code).toBe(130);
    expect(outputs).toEqual({});
    expect(summary).toBe('');
    expect(await storedRuns()).toBe(3);
    expect(await readdir(join(folder, 'report')).catch(() => 'absent')).toBe('absent');
    const served = target.requests.length;
    await new Promise((done) => setTimeout(done, 500));
    expect(target.requests.length).toBe(served);
  });
});
