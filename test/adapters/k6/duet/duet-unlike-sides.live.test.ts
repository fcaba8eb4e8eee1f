import { describe, expect, it } from 'vitest';
import { equal, equalShops } from '../../../support/equal-shops.ts';
import { judgeFaultyDuet, requestsPerBlock } from '../../../support/judge-faulty-duet.ts';

const shops = equalShops();

describe('two environments of equal code', () => {
  it('are told apart from a regression when one has half the CPU', async () => {
    // So much work that the rest of a request, which isn't doubled, makes no difference between endpoints, and that what is
    // added lies well beyond the absolute margins on a crowded machine too.
    await shops.baseline.replace({ ...equal, SHOP_CPU_MS: '12' });
    await shops.candidate.replace({ ...equal, SHOP_CPU_MS: '24' });
    const { decided } = await judgeFaultyDuet(shops, {
      placement: 'separate-hosts',
      // Neighboring blocks of one machine are alike, which takes half of their weight away.
      pairs: 40,
      blockLengthMs: 1_000,
      requestsPerSecond: 16,
    });
    await Promise.all([shops.baseline.replace(equal), shops.candidate.replace(equal)]);
    expect(decided.verdict, JSON.stringify(decided.comparison?.comparisons, null, 1)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'environments-differ',
    });
    expect(decided.outcome).toEqual({ exitCode: 0, conclusion: 'neutral' });
  });
});

describe('a side that hangs while the sides take turns', () => {
  async function judgeHang(side: 'baseline' | 'candidate') {
    using faults = new DisposableStack();
    return await judgeFaultyDuet(shops, {
      order: 'alternating',
      meanwhile: async (pair) => {
        await pair[side].afterRequests(2 * requestsPerBlock);
        faults.use(pair[side].stall());
      },
    });
  }

  it('fails when it is the candidate', async () => {
    const { decided } = await judgeHang('candidate');
    expect(decided.verdict).toMatchObject({
      verdict: 'fail',
      reason: 'all-failed',
      detail: expect.stringMatching(/^the candidate side: from .* while the baseline went on answering$/),
    });
  });

  it('is invalid when it is the baseline', async () => {
    const { decided } = await judgeHang('baseline');
    expect(decided.verdict).toMatchObject({
      verdict: 'invalid',
      reason: 'baseline-side-dead',
      detail: expect.stringMatching(/^the baseline side: from /),
    });
  });
});
