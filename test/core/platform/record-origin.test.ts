import { describe, expect, it } from 'vitest';
import type { PlatformEvent } from '../../../src/core/platform/platform-event.ts';
import { judgeRecordOrigin } from '../../../src/core/platform/record-origin.ts';

const commit = 'a'.repeat(40);
const afterRun: PlatformEvent = {
  name: 'workflow_run',
  repository: 'acme/shop',
  headRepository: 'stranger/shop',
  commit,
  upstreamRun: { id: 900, attempt: 2, event: 'pull_request' },
};
const url = 'https://github.com/acme/shop/actions/runs/900';
const claim = { commit, workflowRun: { id: '900', attempt: 2, url } };

describe('judgeRecordOrigin', () => {
  it('takes a record of the very commit, run and repository that the event is about, in any case of its letters', () => {
    expect(judgeRecordOrigin(afterRun, claim).kind).toBe('of-this-event');
    const shouted = { ...afterRun, repository: 'ACME/Shop' };
    expect(judgeRecordOrigin(shouted, claim).kind).toBe('of-this-event');
  });

  it('takes a job of an earlier attempt, which a re-run of the failed ones leaves as it is', () => {
    const earlier = { ...claim, workflowRun: { ...claim.workflowRun, attempt: 1 } };
    expect(judgeRecordOrigin(afterRun, earlier).kind).toBe('of-this-event');
  });

  it.each([
    ['of another commit', { ...claim, commit: 'b'.repeat(40) }, 'is of commit bbbbbbbbbbbb'],
    ['of no commit', { workflowRun: claim.workflowRun }, 'names no commit'],
    ['of another run', { commit, workflowRun: { id: '901', attempt: 1 } }, 'is of workflow run 901'],
    ['of no run', { commit }, 'is of no workflow run'],
    ['of a later attempt', { commit, workflowRun: { id: '900', attempt: 3 } }, 'is of attempt 3'],
    [
      'of another repository',
      { commit, workflowRun: { ...claim.workflowRun, url: url.replace('acme', 'evil') } },
      'is of repository evil/shop',
    ],
  ])('refuses one %s and says so', (_, claimed, reason) => {
    expect(judgeRecordOrigin(afterRun, claimed)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(reason),
      hint: expect.stringMatching(/\.$/),
    });
  });

  it('refuses everything where the event names no commit', () => {
    const { commit: _, ...without } = afterRun;
    expect(judgeRecordOrigin(without, claim).kind).toBe('refused');
  });

  it('quotes no more of a forged claim than a line holds, and none of its line breaks', () => {
    const forged = judgeRecordOrigin(afterRun, { commit: `\n::error::${'x'.repeat(100_000)}` });
    expect(forged.kind === 'refused' && forged.reason).toMatch(/^[^\n]{1,200}$/);
  });
});
