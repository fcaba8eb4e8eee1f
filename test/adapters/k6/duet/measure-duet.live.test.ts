import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pairBlocks } from '../../../../src/core/comparison/paired/paired-blocks.ts';
import { requestsOf } from '../../../../src/core/run-record/run-record.ts';
import { measureDuetScript, recordsOf } from '../../../support/measure-duet-script.ts';
import { scriptFolder } from '../../../support/measure-script.ts';
import { startScriptedTarget } from '../../../support/scripted-target.ts';

/** A script of ten iterations a second for `duration`. */
function steady(duration: string, more = ''): string {
  return `import http from 'k6/http';
export const options = { scenarios: { steady: { executor: 'constant-arrival-rate', rate: 10, duration: '${duration}', preAllocatedVUs: 5 } } };
${more}
export default function () { http.get(__ENV.BASE_URL + '/items'); }`;
}

/** A quick baseline and a candidate that is 20 ms slower, with `scripts` in a folder of their own. */
async function twoTargets(scripts: Readonly<Record<string, string>>) {
  const baseline = await startScriptedTarget();
  const candidate = await startScriptedTarget({ kind: 'ok', delayMs: 20 });
  const folder = await scriptFolder(scripts);
  const urls = { baselineUrl: baseline.url, candidateUrl: candidate.url };
  return {
    baseline,
    candidate,
    directory: folder.path,
    request: { ...urls, directory: folder.path, scripts: Object.keys(scripts) },
    async [Symbol.asyncDispose]() {
      await baseline.die();
      await candidate.die();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe.each(['2.2.0', '1.8.1'] as const)('measureDuet with k6 %s', (version) => {
  it('runs both sides at once and pairs their blocks on one clock', async () => {
    await using targets = await twoTargets({ 'load.js': steady('30s') });
    const duet = await measureDuetScript({
      ...targets.request,
      version,
      look: (pairs) => (pairs.length >= 4 ? 'stop' : 'go-on'),
    });
    expect(duet.setup).toMatchObject({
      plannedPairs: 10,
      order: 'concurrent',
      placement: 'one-host',
      isClosedModel: false,
    });
    expect(duet.looks).toEqual([1, 2, 3, 4]);
    const { baseline, candidate, wasInterrupted } = recordsOf(duet);
    expect(wasInterrupted).toBe(false);
    expect(baseline.startedAt).toBe(candidate.startedAt);
    expect(baseline.exit.class).toBe('ran');
    expect(candidate.provenance).toMatchObject({
      deployment: targets.candidate.url,
      pair: { id: 'duet-of-a-test', side: 'candidate' },
    });
    expect(pairBlocks(baseline, candidate)).toMatchObject({ pairs: { length: 4 }, onlyBaseline: 0, onlyCandidate: 0 });
    for (const record of [baseline, candidate]) {
      expect(record.endpoints.map((series) => series.endpoint)).toEqual(['GET /items']);
      const perBlock = record.endpoints[0]?.blocks.map((block) => block.latency.count) ?? [];
      expect(
        perBlock.every((count) => count >= 8 && count <= 12),
        String(perBlock),
      ).toBe(true);
    }
    const fastest = candidate.endpoints[0]?.blocks.map((block) => block.latency.quantile(0)) ?? [];
    expect(Math.min(...fastest)).toBeGreaterThan(15);
  });
});

describe('measureDuet', () => {
  it('repeats a script that ends before the budget, with a warm-up in each round', async () => {
    await using targets = await twoTargets({ 'load.js': steady('5s') });
    const duet = await measureDuetScript({
      ...targets.request,
      warmUpMs: 1_000,
      judgedMs: 8_000,
    });
    const { baseline, candidate } = recordsOf(duet);
    expect(pairBlocks(baseline, candidate).pairs).toHaveLength(8);
    expect(candidate.iterations).toBeGreaterThan(90);
    expect(candidate.requestsOutsideBlocks?.warmUp).toBeGreaterThanOrEqual(20);
  });

  it('shares the pairs between several scripts', async () => {
    const other = steady('30s').replace('/items', '/other');
    await using targets = await twoTargets({ 'a.js': steady('30s'), 'b.js': other });
    const duet = await measureDuetScript({
      ...targets.request,
      judgedMs: 8_000,
    });
    const { candidate } = recordsOf(duet);
    const indices = candidate.endpoints.map(({ endpoint, blocks }) => [endpoint, blocks.map(({ index }) => index)]);
    expect(indices).toEqual([
      ['GET /items', [0, 1, 2, 3]],
      ['GET /other', [4, 5, 6, 7]],
    ]);
  });

  it('alternates in rounds of one pair, in the order of a coin', async () => {
    const calls: ('baseline' | 'candidate')[] = [];
    const heardBy = (side: 'baseline' | 'candidate') =>
      startScriptedTarget({ kind: 'ok' }, ({ url }) => {
        if (url === '/items') calls.push(side);
        return false;
      });
    await using before = await heardBy('baseline');
    await using after = await heardBy('candidate');
    await using folder = await scriptFolder({ 'load.js': steady('30s') });
    const duet = await measureDuetScript({
      ...{ baselineUrl: before.url, candidateUrl: after.url, directory: folder.path, scripts: ['load.js'] },
      order: 'alternating',
      warmUpMs: 500,
      judgedMs: 8_000,
      look: (pairs) => (pairs.length >= 4 ? 'stop' : 'go-on'),
    });
    const { baseline, candidate } = recordsOf(duet);
    expect(duet.looks).toEqual([1, 2, 3, 4]);
    expect(pairBlocks(baseline, candidate)).toMatchObject({ pairs: { length: 4 }, onlyBaseline: 0, onlyCandidate: 0 });
    expect(Math.abs(Date.parse(baseline.startedAt) - Date.parse(candidate.startedAt))).toBeGreaterThan(1_000);
    // Neither side goes first in every round; one that goes second and then first has two turns in a row.
    const turns = calls.filter((side, i) => side !== calls[i - 1]);
    expect(turns.length).toBeLessThan(8);
    expect(calls.filter((side) => side === 'baseline').length).toBeGreaterThanOrEqual(40);
    expect(calls.filter((side) => side === 'candidate').length).toBeGreaterThanOrEqual(40);
  });

  it('keeps the sides apart: outputs are off on both, and files come from the candidate alone', async () => {
    await using targets = await twoTargets({
      'load.js': steady(
        '4s',
        `export function handleSummary() { return { 'summary.txt': __ENV.BASE_URL }; }
export function teardown() { http.get(__ENV.BASE_URL + '/teardown'); }`,
      ),
    });
    const duet = await measureDuetScript({
      ...targets.request,
      judgedMs: 8_000,
      k6Args: ['--out', 'csv=samples.csv', '--address', 'localhost:6565', '--summary-export', 'export.json'],
      environment: { PATH: process.env['PATH'], HOME: process.env['HOME'], K6_WEB_DASHBOARD: 'true' },
    });
    recordsOf(duet);
    expect(duet.log.lines.filter((line) => line.includes('off while both'))).toEqual([
      'info: off while both sides are measured, so that they stay alike: --out csv=samples.csv, --address localhost:6565, K6_WEB_DASHBOARD',
    ]);
    await expect(readFile(join(targets.directory, 'samples.csv'))).rejects.toThrow('ENOENT');
    expect(await readFile(join(targets.directory, 'summary.txt'), 'utf8')).toBe(targets.candidate.url);
    expect(JSON.parse(await readFile(join(targets.directory, 'export.json'), 'utf8'))).toHaveProperty('metrics');
    expect(targets.baseline.requests.filter((request) => request.includes('teardown')).length).toBeGreaterThan(0);
  });

  it('resets each side before each pass, and says so when that fails', async () => {
    await using targets = await twoTargets({ 'load.js': steady('5s') });
    const request = { ...targets.request, judgedMs: 8_000 };
    const resetCommand = 'echo "$TAILGATE_SIDE $TAILGATE_URL" >> resets.txt';
    recordsOf(await measureDuetScript({ ...request, resetCommand }));
    const resets = (await readFile(join(targets.directory, 'resets.txt'), 'utf8')).trim().split('\n').sort();
    const both = [`baseline ${targets.baseline.url}`, `candidate ${targets.candidate.url}`];
    expect(resets).toEqual([...both, ...both].sort());
    const failing = await measureDuetScript({ ...request, resetCommand: 'echo no such table; exit 4' });
    expect(failing.measurement).toMatchObject({
      kind: 'not-measured',
      reason: 'hook-failed',
      detail: expect.stringContaining('it ended with 4. It printed: no such table'),
    });
  });

  it('restarts the sides for each part, and swaps their addresses in the second', async () => {
    await using targets = await twoTargets({ 'load.js': steady('30s') });
    const duet = await measureDuetScript({
      ...targets.request,
      judgedMs: 9_000,
      restartCommand: 'echo "$TAILGATE_SIDE $TAILGATE_URL" >> restarts.txt',
    });
    const { candidate } = recordsOf(duet);
    const restarts = (await readFile(join(targets.directory, 'restarts.txt'), 'utf8')).trim().split('\n');
    const [baseline, other] = [targets.baseline.url, targets.candidate.url];
    const straight = [`baseline ${baseline}`, `candidate ${other}`];
    expect([restarts.slice(0, 2), restarts.slice(2, 4), restarts.slice(4)].map((part) => part.sort())).toEqual([
      straight,
      [`baseline ${other}`, `candidate ${baseline}`],
      straight,
    ]);
    const isDelayed = candidate.endpoints[0]?.blocks.map((block) => block.latency.quantile(0.5) > 15);
    expect(isDelayed).toEqual([true, true, true, false, false, false, true, true, true]);
    expect(candidate.endpoints).toHaveLength(1);
  });

  it('refuses to judge when the script changed under way', async () => {
    await using targets = await twoTargets({ 'load.js': steady('30s') });
    const duet = await measureDuetScript({
      ...targets.request,
      look: (pairs) => {
        if (pairs.length === 1) void appendFile(join(targets.directory, 'load.js'), '\n// edited');
        return pairs.length >= 3 ? 'stop' : 'go-on';
      },
    });
    expect(duet.measurement).toMatchObject({ kind: 'not-measured', reason: 'script-changed' });
  });

  it('keeps what was measured until an interruption', async () => {
    await using targets = await twoTargets({ 'load.js': steady('30s') });
    const controller = new AbortController();
    const duet = await measureDuetScript({
      ...targets.request,
      signal: controller.signal,
      look: (pairs) => {
        if (pairs.length === 3) controller.abort();
        return 'go-on';
      },
    });
    const { baseline, candidate, wasInterrupted } = recordsOf(duet);
    expect(wasInterrupted).toBe(true);
    expect(candidate.exit.class).toBe('ran');
    expect(pairBlocks(baseline, candidate).pairs.length).toBeGreaterThanOrEqual(3);
  });

  it('names the side whose address the script would not call, before any load', async () => {
    await using targets = await twoTargets({ 'load.js': steady('30s') });
    const fixed = steady('30s').replace('__ENV.BASE_URL', `'${targets.baseline.url}'`);
    await using folder = await scriptFolder({ 'fixed.js': fixed });
    const duet = await measureDuetScript({ ...targets.request, directory: folder.path, scripts: ['fixed.js'] });
    expect(duet.measurement).toMatchObject({
      kind: 'not-measured',
      reason: 'target-not-used',
      detail: expect.stringMatching(/^the candidate side: /),
    });
    expect([...targets.baseline.requests, ...targets.candidate.requests]).not.toContain('GET /items');
  });

  it('names the side that is not ready', async () => {
    await using targets = await twoTargets({ 'load.js': steady('30s') });
    await targets.baseline.die();
    const duet = await measureDuetScript(targets.request);
    expect(duet.measurement).toMatchObject({
      kind: 'not-measured',
      reason: 'target-not-ready',
      detail: expect.stringContaining('the baseline side'),
    });
  });

  it('knows a closed model, and runs a script that is limited by iterations', async () => {
    await using targets = await twoTargets({
      'load.js': `import http from 'k6/http';
import { sleep } from 'k6';
export const options = { vus: 2, iterations: 60 };
export default function () { http.get(__ENV.BASE_URL + '/items'); sleep(0.1); }`,
    });
    const duet = await measureDuetScript({
      ...targets.request,
      judgedMs: 8_000,
    });
    const { candidate } = recordsOf(duet);
    expect(duet.setup?.isClosedModel).toBe(true);
    expect(candidate.endpoints.map(requestsOf).every((count) => count > 30)).toBe(true);
    expect(duet.looks.at(-1)).toBeGreaterThanOrEqual(6);
  });
});
