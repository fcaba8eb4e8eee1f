import { describe, expect, it } from 'vitest';
import { joinVerdicts } from '../../../src/core/joining/join-jobs.ts';
import { type BuildVerdict, type FailOn, outcomeOf } from '../../../src/core/verdict/build-verdict.ts';

const usual: readonly FailOn[] = ['regressed', 'k6-thresholds', 'invalid'];
const detail = 'so it is';
const verdicts = {
  invalid: { verdict: 'invalid', reason: 'throttled', detail, hint: 'wait' },
  dead: { verdict: 'fail', reason: 'all-failed', detail },
  slower: { verdict: 'fail', reason: 'regressed', detail },
  crossed: { verdict: 'fail', reason: 'k6-thresholds', detail },
  new: { verdict: 'no-baseline', detail },
  unsure: { verdict: 'inconclusive', reason: 'too-weak', detail, hint: 'more' },
  accepted: { verdict: 'pass', reason: 'accepted', detail },
  fine: { verdict: 'pass', reason: 'nothing-found', detail },
  shown: { verdict: 'pass', reason: 'shown', detail },
} as const satisfies Record<string, BuildVerdict>;

function join(names: readonly (keyof typeof verdicts)[], failOn = usual, missing: readonly string[] = []) {
  const jobs = names.map((name) => ({
    name,
    decided: { verdict: verdicts[name], outcome: outcomeOf(verdicts[name], failOn, 'stored') },
  }));
  return joinVerdicts(jobs, missing, [], failOn);
}

describe('joinVerdicts', () => {
  it('takes the verdict that comes first in the table', () => {
    const inOrder = ['invalid', 'dead', 'slower', 'crossed', 'new', 'unsure', 'accepted', 'fine', 'shown'] as const;
    for (const [i, name] of inOrder.entries()) {
      const joined = join(inOrder.slice(i).toReversed());
      expect(joined.verdict.verdict, name).toBe(verdicts[name].verdict);
      expect(joined.verdict.detail).toContain(`${name}: so it is`);
    }
  });

  it('is red as soon as one job is, whatever another one is that the policy lets through', () => {
    expect(join(['invalid', 'slower'], ['regressed'])).toMatchObject({
      verdict: { verdict: 'fail' },
      outcome: { exitCode: 1 },
    });
    expect(join(['fine', 'unsure'], ['inconclusive'])).toMatchObject({ outcome: { exitCode: 1 } });
    expect(join(['slower', 'fine'], ['never'])).toMatchObject({
      verdict: { verdict: 'fail' },
      outcome: { exitCode: 0 },
    });
  });

  it('is invalid for a missing job, and names it before a broken one', () => {
    expect(join(['slower'], usual, ['mail', 'stock'])).toMatchObject({
      verdict: { reason: 'job-missing', detail: expect.stringContaining('mail and 1 more') },
      outcome: { exitCode: 3 },
    });
  });

  it('calls a pass of several jobs the weakest of them, and counts further failing ones', () => {
    expect(join(['shown', 'fine']).verdict.detail).toContain('the weakest of 2 jobs');
    expect(join(['slower', 'crossed', 'fine']).verdict.detail).toContain('1 more of the jobs');
  });
});
