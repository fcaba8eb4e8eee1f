import { describe, expect, it } from 'vitest';
import { chooseDeployment, type Deployment } from '../../../src/core/platform/choose-deployment.ts';

const head = 'a'.repeat(40);
const older = 'b'.repeat(40);
const url = 'https://preview.example';

function choose(...deployments: readonly Omit<Deployment, 'id'>[]) {
  return chooseDeployment(
    head,
    'preview',
    deployments.map((deployment, id) => ({ id, ...deployment })),
  );
}

describe('chooseDeployment', () => {
  it('finds the successful deployment of the head', () => {
    expect(choose({ commit: head, state: 'success', url })).toEqual({ kind: 'found', url });
  });

  it('never takes the deployment of an older commit, however ready it is', () => {
    expect(choose({ commit: older, state: 'success', url })).toEqual({
      kind: 'waiting',
      detail: 'preview has no deployment of aaaaaaa (the newest is of bbbbbbb)',
    });
  });

  it('says so when the environment has no deployment at all', () => {
    expect(choose()).toMatchObject({ kind: 'waiting', detail: expect.stringContaining('none at all') });
  });

  it('goes on waiting while the newest deployment of the head is on its way', () => {
    expect(choose({ commit: head })).toMatchObject({ kind: 'waiting', detail: expect.stringContaining('not started') });
    expect(choose({ commit: head, state: 'in_progress' })).toMatchObject({ kind: 'waiting' });
  });

  it.each(['failure', 'error', 'inactive'])('stops waiting when the deployment ended as %s', (state) => {
    expect(choose({ commit: head, state })).toMatchObject({ kind: 'failed' });
  });

  it('takes a ready deployment of the head though a redeployment of it failed', () => {
    expect(choose({ commit: head, state: 'failure' }, { commit: head, state: 'success', url }).kind).toBe('found');
  });

  it('stops where a successful deployment says no address', () => {
    expect(choose({ commit: head, state: 'success' })).toMatchObject({
      detail: expect.stringContaining('environment_url'),
    });
  });
});
