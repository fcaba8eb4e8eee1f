import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { parsePlatformEvent } from '../../../src/core/platform/parse-platform-event.ts';
import { rightsOf } from '../../../src/core/platform/run-rights.ts';
import { anEvent, fromFork, payloads } from '../../support/github-events.ts';

describe('parsePlatformEvent', () => {
  it('takes the head of a pull request, not the merge commit that is checked out', () => {
    const event = anEvent('pull_request', { GITHUB_SHA: 'f'.repeat(40) });
    expect(event).toMatchObject({
      commit: payloads.pull_request.pull_request.head.sha,
      branch: 'changes',
      workflowCommit: 'f'.repeat(40),
      headRepository: 'Codertocat/Hello-World',
      pullRequest: { number: 2, baseBranch: 'master' },
    });
  });

  it('takes the head of a merge group with the tree that it would merge', () => {
    expect(anEvent('merge_group')).toMatchObject({
      commit: payloads.merge_group.merge_group.head_sha,
      mergeGroup: { baseBranch: 'main', tree: payloads.merge_group.merge_group.head_commit.tree_id, pullRequest: 104 },
    });
  });

  it('takes the head of the run that ended, with the repository that it came from', () => {
    expect(anEvent('workflow_run')).toMatchObject({
      commit: payloads.workflow_run.workflow_run.head_sha,
      headRepository: 'octo-org/octo-repo',
      upstreamRun: { event: 'workflow_dispatch', attempt: 1 },
    });
  });

  it.each(['.github/workflows/load.yml', '.github/workflows/load.yml@refs/heads/main'])(
    'knows the workflow that ran before from its path %s',
    (path) => {
      const run = { ...payloads.workflow_run.workflow_run, path };
      const event = parsePlatformEvent({ GITHUB_EVENT_NAME: 'workflow_run' }, { workflow_run: run });
      expect(event.upstreamRun).toMatchObject({ workflow: '.github/workflows/load.yml' });
    },
  );

  it('does not say whose commit a deployment is of', () => {
    const event = anEvent('deployment_status');
    expect(event.deployment).toEqual({ environment: 'production', state: 'success' });
    expect(event.headRepository).toBeUndefined();
  });

  it('reads branch and tag from the ref', () => {
    expect(anEvent('push', { GITHUB_REF: 'refs/heads/feature/x' })).toMatchObject({ branch: 'feature/x' });
    expect(anEvent('push.tag', { GITHUB_REF: 'refs/tags/v1.2' })).toMatchObject({ tag: 'v1.2' });
    expect(anEvent('release', { GITHUB_REF: 'refs/tags/0.0.1' })).toMatchObject({ tag: '0.0.1' });
  });

  it('keeps what it understands when one part of the payload has another shape', () => {
    const payload = { ...payloads.pull_request, label: { name: 7 } };
    const event = parsePlatformEvent({ GITHUB_EVENT_NAME: 'pull_request' }, payload);
    expect(event.pullRequest?.number).toBe(2);
    expect(event.label).toBeUndefined();
  });

  test.prop([fc.jsonValue()])('survives any payload and gives it no rights to record', (payload) => {
    const event = parsePlatformEvent({ GITHUB_EVENT_NAME: 'workflow_run' }, payload);
    expect(rightsOf(event).mayRecord.kind).toBe('never');
  });
});

describe('rightsOf', () => {
  const table: readonly (readonly [string, ReturnType<typeof anEvent>, object])[] = [
    [
      'a pull request compares with its merge base and never records',
      anEvent('pull_request'),
      {
        head: 'ours',
        isPrivileged: false,
        secrets: 'given',
        configurationFrom: 'merge-base',
        mayComment: true,
        mayRecord: { kind: 'never' },
        comparesWith: { kind: 'merge-base', baseBranch: 'master' },
      },
    ],
    [
      'a pull request from a fork has no secret and can write nothing',
      fromFork(anEvent('pull_request')),
      { head: 'stranger', secrets: 'withheld', mayComment: false, mayRecord: { kind: 'never' } },
    ],
    [
      'pull_request_target has secrets whoever made the head',
      fromFork(anEvent('pull_request_target')),
      { head: 'stranger', isPrivileged: true, secrets: 'given', mayComment: true, configurationFrom: 'merge-base' },
    ],
    [
      'a push to the default branch records by itself',
      anEvent('push', { GITHUB_REF: 'refs/heads/master' }),
      { head: 'ours', mayRecord: { kind: 'by-default' }, comparesWith: { kind: 'default-branch' }, mayComment: false },
    ],
    [
      'a push to another branch records only when asked to',
      anEvent('push', { GITHUB_REF: 'refs/heads/topic' }),
      { mayRecord: { kind: 'when-asked' }, comparesWith: { kind: 'default-branch' } },
    ],
    [
      'a tag compares with the last release',
      anEvent('push.tag', { GITHUB_REF: 'refs/tags/v2' }),
      { comparesWith: { kind: 'last-release' }, mayRecord: { kind: 'when-asked' } },
    ],
    [
      'a release compares with the one before',
      anEvent('release', { GITHUB_REF: 'refs/tags/0.0.1' }),
      { comparesWith: { kind: 'last-release' } },
    ],
    [
      'a merge group compares with the commit that the queue builds on, and takes over the verdict of an equal tree',
      anEvent('merge_group'),
      {
        comparesWith: {
          kind: 'commit',
          commit: payloads.merge_group.merge_group.base_sha,
          takesVerdictOfEqualTree: true,
        },
        mayRecord: { kind: 'never' },
        mayComment: false,
      },
    ],
    [
      'a schedule may record the default branch when asked to',
      anEvent('schedule', { GITHUB_REF: 'refs/heads/main' }),
      { head: 'ours', mayRecord: { kind: 'when-asked' }, comparesWith: { kind: 'default-branch' } },
    ],
    [
      'a run started by hand may record when asked to',
      anEvent('workflow_dispatch', { GITHUB_REF: 'refs/heads/main' }),
      { head: 'ours', mayRecord: { kind: 'when-asked' } },
    ],
    [
      'a deployment may be a fork’s until looked up',
      anEvent('deployment_status'),
      { head: 'unknown', isPrivileged: true, mayRecord: { kind: 'never' }, configurationFrom: 'merge-base' },
    ],
    [
      'a run after a fork’s run is privileged and has a stranger’s head',
      anEvent('workflow_run'),
      { head: 'stranger', isPrivileged: true, secrets: 'given', mayRecord: { kind: 'never' } },
    ],
    [
      'an unknown event with nothing known of its head may record nothing',
      parsePlatformEvent({ GITHUB_EVENT_NAME: 'watch' }, {}),
      { head: 'unknown', mayRecord: { kind: 'never' }, mayComment: false },
    ],
  ];

  it.each(table)('%s', (_, event, rights) => {
    expect(rightsOf(event)).toMatchObject(rights);
  });
});
