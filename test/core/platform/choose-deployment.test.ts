import { describe, expect, it } from 'vitest';
import { chooseDeployment, type Deployment } from '../../../src/core/platform/choose-deployment.ts';

const head = 'a'.repeat(40);
const older = 'b'.repeat(40);
const url = 'https://preview.example';

type Given = Omit<Deployment, 'id'>;

function choose(...deployments: readonly Given[]) {
  return chooseDeployment(
    { environment: 'preview', commit: head },
    deployments.map((deployment, id) => ({ id, ...deployment })),
  );
}

function chooseServing(...deployments: readonly Given[]) {
  return chooseDeployment(
    { environment: 'staging' },
    deployments.map((deployment, id) => ({ id, ...deployment })),
  );
}

describe('chooseDeployment', () => {
  it('finds the successful deployment of the head', () => {
    expect(choose({ commit: head, state: 'success', url })).toEqual({ kind: 'found', url, commit: head });
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

  it('waits for one of two projects that deploy the head to one environment while the other has failed', () => {
    expect(choose({ commit: head, state: 'failure' }, { commit: head, state: 'queued' }).kind).toBe('waiting');
  });

  it('waits for the address of a successful deployment, which some providers tell later', () => {
    expect(choose({ commit: head, state: 'success' })).toMatchObject({
      kind: 'waiting',
      detail: expect.stringContaining('environment_url'),
    });
  });

  it('takes the latest success of an environment where no commit is wanted', () => {
    expect(
      chooseServing(
        { commit: head, state: 'in_progress' },
        { commit: head, state: 'failure' },
        { commit: older, state: 'success', url },
        { commit: head, state: 'success', url: 'https://before.example' },
      ),
    ).toEqual({ kind: 'found', url, commit: older });
  });

  it('waits for the first deployment of an environment, and gives up where there is none or all have failed', () => {
    expect(chooseServing({ commit: head, state: 'queued' }).kind).toBe('waiting');
    expect(chooseServing()).toEqual({ kind: 'failed', detail: 'staging has no deployment at all' });
    expect(chooseServing({ commit: head, state: 'error' }).kind).toBe('failed');
  });
});
