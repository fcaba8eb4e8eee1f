import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import { reportJson } from '../../../../src/core/report/render/report-json.ts';
import { textsOf } from '../../../../src/core/report/render/table-text.ts';
import { equalShops } from '../../../support/equal-shops.ts';
import { soundBehavior } from '../../../support/faulty-shop-behavior.ts';
import { judgeFaultyDuet, requestsPerBlock } from '../../../support/judge-faulty-duet.ts';
import { k6ProcessesFor, stallProcess } from '../../../support/process-faults.ts';

const shops = equalShops();

describe('a target that breaks while both are measured', () => {
  it('fails the candidate that dies', async () => {
    const { decided } = await judgeFaultyDuet(shops, { meanwhile: ({ candidate }) => candidate.network.cut() });
    await shops.candidate.network.mend();
    expect(decided.verdict).toMatchObject({
      verdict: 'fail',
      reason: 'all-failed',
      detail: expect.stringMatching(/^the candidate side: from .* on every request failed .*connection refused/),
    });
  });

  it('is invalid when the baseline dies, even in its last blocks only', async () => {
    const { decided } = await judgeFaultyDuet(shops, {
      meanwhile: async ({ baseline }) => {
        await baseline.afterRequests(3 * requestsPerBlock);
        await baseline.die();
      },
    });
    await shops.baseline.replace();
    expect(decided.verdict).toMatchObject({
      verdict: 'invalid',
      reason: 'baseline-side-dead',
      detail: expect.stringMatching(/^the baseline side: from .* on every request failed/),
    });
    expect(decided.outcome.exitCode).toBe(3);
  });

  it('fails the candidate that answers 5xx from now on', async () => {
    const { decided } = await judgeFaultyDuet(shops, {
      meanwhile: ({ candidate }) => candidate.behave({ answers: { kind: 'status', status: 500 } }),
    });
    expect(decided.verdict).toMatchObject({
      verdict: 'fail',
      reason: 'all-failed',
      detail: expect.stringMatching(/^the candidate side: from .* on every request failed .*500: /),
    });
  });

  it('names a login page that answers in place of the service', async () => {
    const { decided } = await judgeFaultyDuet(shops, {
      meanwhile: ({ candidate }) => candidate.behave({ answers: { kind: 'login-page' } }),
    });
    expect(decided.verdict).toMatchObject({
      verdict: 'invalid',
      reason: 'target-changed',
      detail: expect.stringMatching(/^the candidate side/),
    });
  });

  it('names the version that came under way', async () => {
    const { decided } = await judgeFaultyDuet(shops, {
      meanwhile: ({ candidate }) => candidate.behave({ version: '2' }),
    });
    expect(decided.verdict).toMatchObject({
      verdict: 'invalid',
      reason: 'target-changed',
      detail: expect.stringMatching(/^the candidate side .*: x-version was 1 before the load and is 2 after it$/),
    });
  });

  it('names a login page that stood in the way for a while', async () => {
    const { decided } = await judgeFaultyDuet(shops, {
      meanwhile: async ({ candidate }) => {
        await candidate.behave({ answers: { kind: 'redirect-to-login' } });
        await candidate.afterRequests(3 * requestsPerBlock);
        await candidate.behave(soundBehavior);
      },
    });
    expect(decided.verdict).toMatchObject({
      verdict: 'invalid',
      reason: 'target-changed',
      detail: expect.stringMatching(/^the candidate side redirects .*\(302 on \d+ of .*only there: GET \/login$/),
    });
  });
});

describe('a k6 that breaks while both sides are measured', () => {
  it('names the side when it is killed', async () => {
    const { decided } = await judgeFaultyDuet(shops, {
      meanwhile: async ({ baseline }) => {
        for (const pid of k6ProcessesFor(baseline.url)) process.kill(pid, 'SIGKILL');
      },
    });
    expect(decided.verdict).toMatchObject({
      verdict: 'invalid',
      reason: 'k6-aborted',
      detail: expect.stringMatching(/^the baseline side: k6 was killed/),
    });
  });

  it('leaves out the blocks in which it stood still, counts them and concludes nothing false', async () => {
    const judged = await judgeFaultyDuet(shops, {
      pairs: 16,
      meanwhile: async ({ baseline, candidate }) => {
        const [k6] = k6ProcessesFor(candidate.url);
        using _ = stallProcess(k6 as number);
        await baseline.afterRequests(4 * requestsPerBlock);
      },
    });
    const { decided } = judged;
    const report = buildReport(judged);
    expect(['pass', 'inconclusive']).toContain(decided.verdict.verdict);
    expect(report.warnings).toContainEqual(
      expect.stringMatching(/^\d of 16 time blocks lack every request on one side \(\d on the candidate side\)/),
    );
    expect(reportJson(report).pairs?.onlyBaseline).toBeGreaterThan(0);
    const [odd] = report.details.filter(({ title }) => title === 'Time blocks that stand out').map(textsOf);
    expect(odd?.rows.some((row) => row.at(-1)?.includes('candidate made no request'))).toBe(true);
  });

  it("stops when a threshold of the script's ends the baseline, and says so", async () => {
    const judged = await judgeFaultyDuet(shops, {
      pairs: 30,
      scriptOptions: `thresholds: { http_req_failed: [{ threshold: 'rate<0.01', abortOnFail: true }] },`,
      meanwhile: ({ baseline }) => baseline.behave({ answers: { kind: 'status', status: 503, share: 0.5 } }),
    });
    const { decided } = judged;
    const report = buildReport(judged);
    expect(decided.verdict.verdict).not.toBe('fail');
    expect(report.warnings).toContainEqual(
      expect.stringMatching(/^the baseline side ended after \d+ of 30 pairs: a threshold .* with abortOnFail/),
    );
  });
});

describe('a bad network', () => {
  it('on both sides alike is no regression', async () => {
    await using faults = new AsyncDisposableStack();
    for (const { network } of [shops.baseline, shops.candidate]) {
      faults.use(await network.add({ type: 'latency', latencyMs: 20, jitterMs: 10 }));
      faults.use(await network.add({ type: 'bandwidth', kilobytesPerSecond: 500 }));
      faults.use(await network.add({ type: 'slicer', averageBytes: 200, variationBytes: 100, delayUs: 100 }));
      faults.use(await network.add({ type: 'reset_peer', afterMs: 0 }, { toxicity: 0.1 }));
      faults.use(await network.add({ type: 'timeout', timeoutMs: 50 }, { stream: 'upstream', toxicity: 0.05 }));
    }
    const judged = await judgeFaultyDuet(shops, {
      pairs: 16,
      scriptOptions: `thresholds: { http_reqs: ['count>100000'] },`,
    });
    const { decided } = judged;
    const report = buildReport(judged);
    expect(decided.verdict.verdict).not.toBe('fail');
    expect(decided.comparison?.comparisons.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
    // The script's own threshold can't be reached by a run that we end.
    expect(judged.record?.exit.crossedThresholds).toEqual([]);
    expect(report.warnings).toContainEqual(expect.stringContaining('http_reqs: count>100000'));
  });

  it.each([
    { type: 'latency', latencyMs: 40, jitterMs: 5 },
    { type: 'bandwidth', kilobytesPerSecond: 8 },
    { type: 'slicer', averageBytes: 100, variationBytes: 20, delayUs: 10_000 },
  ] as const)('on the way to the candidate is a regression: $type', async (toxic) => {
    await using _ = await shops.candidate.network.add(toxic);
    const { decided } = await judgeFaultyDuet(shops, { pairs: 24 });
    expect(decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
  });

  it('that resets connections to the candidate shows in its errors, though the baseline is slow', async () => {
    await using _ = await shops.baseline.network.add({ type: 'latency', latencyMs: 40 });
    const { decided } = await judgeFaultyDuet(shops, {
      pairs: 16,
      meanwhile: async ({ candidate }) => {
        for (let i = 0; i < 10; i++) {
          const resets = await candidate.network.add({ type: 'reset_peer', afterMs: 0 });
          await candidate.afterRequests(requestsPerBlock / 2);
          await resets.remove();
          await candidate.afterRequests(requestsPerBlock / 2);
        }
      },
    });
    expect(decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    const regressed = decided.comparison?.comparisons.filter(({ verdict }) => verdict === 'regressed') ?? [];
    expect(regressed.map(({ metric }) => metric)).toContain('errorRate');
  });

  it('that swallows what is sent to the candidate fails it', async () => {
    await using faults = new AsyncDisposableStack();
    const { decided } = await judgeFaultyDuet(shops, {
      meanwhile: async ({ candidate }) => {
        faults.use(await candidate.network.add({ type: 'timeout', timeoutMs: 0 }));
      },
    });
    expect(decided.verdict).toMatchObject({ verdict: 'fail', reason: 'all-failed' });
  });
});
