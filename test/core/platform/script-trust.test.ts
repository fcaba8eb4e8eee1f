import { describe, expect, it } from 'vitest';
import { withCommitFacts } from '../../../src/core/platform/commit-facts.ts';
import { describeGateChanges, workflowPathOf } from '../../../src/core/platform/gate-changes.ts';
import { judgeScriptTrust } from '../../../src/core/platform/script-trust.ts';
import { anEvent, fromFork } from '../../support/github-events.ts';

const workflowCommit = 'c'.repeat(40);

function scriptOf(commit?: string) {
  return [{ path: 'load/shop.js', ...(commit !== undefined && { commit }) }];
}

describe('judgeScriptTrust', () => {
  it.each(['pull_request_target', 'workflow_run', 'deployment_status'])(
    'refuses a fork’s script under %s and says which one, whose, and what to do instead',
    (name) => {
      const event = fromFork(anEvent(name));
      const trust = judgeScriptTrust(event, scriptOf(event.commit));
      expect(trust).toMatchObject({ kind: 'refused', hint: expect.stringContaining('mode: decide') });
      expect(trust).toMatchObject({ reason: expect.stringContaining(`load/shop.js is not run: under ${name}`) });
      expect(trust).toMatchObject({ reason: expect.stringContaining('stranger/Hello-World') });
    },
  );

  it.each(['pull_request_target', 'workflow_run'])('runs the default branch’s own script under %s', (name) => {
    expect(judgeScriptTrust(fromFork(anEvent(name)), scriptOf(workflowCommit)).kind).toBe('trusted');
  });

  it('refuses a script whose commit is not known, such as one out of an artifact', () => {
    expect(judgeScriptTrust(fromFork(anEvent('workflow_run')), scriptOf()).kind).toBe('refused');
  });

  it('refuses when only one of several scripts is the fork’s', () => {
    const event = fromFork(anEvent('workflow_run'));
    const scripts = [...scriptOf(workflowCommit), { path: 'head/x.js', commit: event.commit ?? '' }];
    expect(judgeScriptTrust(event, scripts)).toMatchObject({ reason: expect.stringContaining('head/x.js') });
  });

  it('refuses under deployment_status what nobody vouches for, though it is the commit whose workflow runs', () => {
    const event = anEvent('deployment_status', { GITHUB_SHA: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e' });
    expect(event.workflowCommit).toBe(event.commit);
    expect(judgeScriptTrust(event, scriptOf(event.commit)).kind).toBe('refused');
  });

  it('runs a fork’s script in a plain pull_request job, which holds no secret', () => {
    const event = fromFork(anEvent('pull_request'));
    expect(judgeScriptTrust(event, scriptOf(event.commit)).kind).toBe('trusted');
  });

  it('runs a script of our own branch under a privileged event', () => {
    const event = anEvent('pull_request_target');
    expect(judgeScriptTrust(event, scriptOf(event.commit)).kind).toBe('trusted');
  });
});

describe('withCommitFacts', () => {
  const event = anEvent('deployment_status');
  const commit = event.commit ?? '';
  const pull = { number: 7, baseBranch: 'main', baseCommit: 'b'.repeat(40), headCommit: commit, headBranch: 'topic' };
  const ofFork = { ...pull, headRepository: 'stranger/Hello-World' };
  const ours = { ...pull, headRepository: 'Codertocat/Hello-World' };
  const nothing = { pullRequests: [], isOnDefaultBranch: false };

  it('knows a commit of our own branch and its pull request', () => {
    const known = withCommitFacts(event, { ...nothing, pullRequests: [ours] });
    expect(known).toMatchObject({ headRepository: event.repository, pullRequest: { number: 7 }, branch: 'topic' });
    expect(judgeScriptTrust(known, scriptOf(commit)).kind).toBe('trusted');
  });

  it('knows a fork’s commit by its pull request', () => {
    const known = withCommitFacts(event, { ...nothing, pullRequests: [ofFork] });
    expect(known).toMatchObject({ headRepository: 'stranger/Hello-World', pullRequest: { number: 7 } });
    expect(judgeScriptTrust(known, scriptOf(commit)).kind).toBe('refused');
  });

  it('trusts nothing that no branch and no pull request leads to', () => {
    expect(judgeScriptTrust(withCommitFacts(event, nothing), scriptOf(commit)).kind).toBe('refused');
  });

  it('takes no pull request where two have this head, since anyone may open one more', () => {
    const pullRequests = [ofFork, { ...ofFork, number: 8 }];
    expect(withCommitFacts(event, { ...nothing, pullRequests }).pullRequest).toBeUndefined();
  });

  it('takes the pull request of the repository that the run came from, and none whose head has moved on', () => {
    const run = { ...fromFork(anEvent('workflow_run')), commit };
    const pullRequests = [ofFork, { ...ours, number: 8 }, { ...ofFork, number: 9, headCommit: 'd'.repeat(40) }];
    expect(withCommitFacts(run, { ...nothing, pullRequests }).pullRequest?.number).toBe(7);
  });

  it('takes a commit of the default branch for what it is, whatever pull requests contain it', () => {
    const known = withCommitFacts(event, { ...nothing, pullRequests: [ofFork], isOnDefaultBranch: true });
    expect(known).toMatchObject({ headRepository: event.repository, branch: event.defaultBranch });
    expect(known.pullRequest).toBeUndefined();
  });
});

describe('describeGateChanges', () => {
  const files = { configuration: '.tailgate.yml', scripts: ['./load/shop.js'], workflow: '.github/workflows/perf.yml' };

  it('says nothing of a change that leaves the gate alone', () => {
    expect(describeGateChanges(['src/shop.ts', 'load/other.js'], files)).toEqual([]);
  });

  it('has a line for each part of the gate that the change touches', () => {
    const lines = describeGateChanges(['.tailgate.yml', 'load/shop.js', '.github/workflows/perf.yml'], files);
    expect(lines).toEqual([
      expect.stringContaining('.tailgate.yml'),
      expect.stringContaining('load/shop.js'),
      expect.stringContaining('.github/workflows/perf.yml'),
    ]);
  });
});

describe('workflowPathOf', () => {
  it('takes the path out of what the runner says', () => {
    expect(workflowPathOf('example/shop/.github/workflows/perf.yml@refs/pull/7/merge')).toBe(
      '.github/workflows/perf.yml',
    );
    expect(workflowPathOf(undefined)).toBeUndefined();
  });
});
