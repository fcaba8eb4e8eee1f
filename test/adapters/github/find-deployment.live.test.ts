import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDeployment } from '../../../src/adapters/github/find-deployment.ts';
import { Deployments } from '../../support/forge/deployment-routes.ts';
import { Forge } from '../../support/forge/forge.ts';
import { forgeClient } from '../../support/forge/forge-client.ts';
import type { TokenGrant } from '../../support/forge/tokens.ts';
import { recordedLog } from '../../support/recorded-log.ts';

const head = 'a'.repeat(40);
const older = 'b'.repeat(40);
const url = 'https://preview.example';

let forge: Forge;

beforeEach(async () => {
  forge = await Forge.start();
});

afterEach(() => forge.stop());

function deploy(sha: string, ...states: readonly string[]) {
  const statuses = states.map((state) => ({ state, ...(state === 'success' && { environment_url: url }) }));
  const deployment = { id: forge.state.nextId(), sha, environment: 'preview', statuses };
  forge.state.of(Deployments).all.push(deployment);
  return deployment;
}

interface Asked {
  readonly commit?: string;
  readonly timeoutMs?: number;
  readonly log?: ReturnType<typeof recordedLog>;
  readonly granted?: TokenGrant['permissions'];
  readonly signal?: AbortSignal;
}

function find({ timeoutMs = 0, granted = { deployments: 'read' }, log = recordedLog(), ...asked }: Asked = {}) {
  const signal = asked.signal ?? new AbortController().signal;
  const api = forgeClient(forge, granted);
  return findDeployment({ api, environment: 'preview', timeoutMs, pollEveryMs: 20, log, signal, ...asked });
}

const ofHead = { commit: head };

describe('findDeployment', () => {
  afterEach(() => expect(forge.problems).toEqual([]));

  it('finds the address of the head’s deployment', async () => {
    deploy(older, 'success');
    deploy(head, 'pending', 'success');
    expect(await find(ofHead)).toEqual({ kind: 'found', url, commit: head });
  });

  it('does not take the deployment of an older commit, and says which is there', async () => {
    deploy(older, 'success');
    expect(await find({ ...ofHead, timeoutMs: 30 })).toMatchObject({
      kind: 'not-found',
      detail: expect.stringContaining('the newest is of bbbbbbb'),
      hint: expect.stringContaining('deployments: read'),
    });
  });

  it('waits for a deployment that is on its way, and says once what it waits for', async () => {
    const deployment = deploy(head, 'in_progress');
    const log = recordedLog();
    const found = find({ ...ofHead, timeoutMs: 10_000, log });
    await expect.poll(() => forge.calls.length).toBeGreaterThan(4);
    deployment.statuses.push({ state: 'success', environment_url: url });
    expect(await found).toMatchObject({ kind: 'found' });
    expect(log.lines).toEqual(['info: waiting: the deployment of aaaaaaa to preview is in_progress']);
  });

  it('waits for the address of a deployment that succeeded without one', async () => {
    const deployment = deploy(head);
    deployment.statuses.push({ state: 'success' });
    const found = find({ ...ofHead, timeoutMs: 10_000 });
    await expect.poll(() => forge.calls.length).toBeGreaterThan(4);
    deployment.statuses.push({ state: 'success', environment_url: url });
    expect(await found).toMatchObject({ kind: 'found', url });
  });

  it('says after the time-out that a success has no address', async () => {
    deploy(head).statuses.push({ state: 'success' });
    expect(await find({ ...ofHead, timeoutMs: 30 })).toMatchObject({
      kind: 'not-found',
      detail: expect.stringContaining('environment_url'),
    });
  });

  it('stops at once at a deployment that failed', async () => {
    deploy(head, 'pending', 'failure');
    expect(await find({ ...ofHead, timeoutMs: 600_000 })).toMatchObject({
      kind: 'not-found',
      detail: expect.stringContaining('failed'),
    });
  });

  it('pages on to the one deployment of many that succeeded, asking once about those that have ended', async () => {
    const wanted = deploy(head, 'queued');
    for (let i = 0; i < 110; i++) deploy(head, 'failure');
    const found = find({ ...ofHead, timeoutMs: 30_000 });
    await expect.poll(() => statusCallsOf(wanted.id), { timeout: 20_000 }).toBeGreaterThan(1);
    wanted.statuses.push({ state: 'success', environment_url: url });
    expect(await found).toMatchObject({ kind: 'found' });
    expect(forge.calls.filter(({ path }) => path.includes('/statuses')).length - statusCallsOf(wanted.id)).toBe(110);
  });

  it('takes the latest success of an environment for the baseline, whatever its commit', async () => {
    deploy(head, 'success').statuses.push({ state: 'success', environment_url: 'https://before.example' });
    deploy(older, 'success');
    deploy(head, 'failure');
    expect(await find()).toEqual({ kind: 'found', url, commit: older });
  });

  it('gives up at once on an environment without deployments', async () => {
    expect(await find({ timeoutMs: 600_000 })).toMatchObject({
      kind: 'not-found',
      detail: 'preview has no deployment at all',
    });
  });

  it('stops waiting when it is interrupted', async () => {
    deploy(head, 'pending');
    const stop = new AbortController();
    const found = find({ ...ofHead, timeoutMs: 600_000, signal: stop.signal });
    await expect.poll(() => forge.calls.length).toBeGreaterThan(1);
    stop.abort();
    expect(await found).toMatchObject({ kind: 'not-found' });
  });
});

describe('findDeployment without permission', () => {
  it('names the line of the workflow that would allow it', async () => {
    const finding = find({ ...ofHead, granted: { contents: 'read' } });
    await expect(finding).rejects.toMatchObject({
      code: 'GITHUB_REFUSED',
      hint: expect.stringContaining('`deployments: read` under `permissions:`'),
    });
  });

  it('takes a 404 for a repository that the token may not see', async () => {
    forge.faults.push(() => ({ kind: 'status', status: 404, message: 'Not Found' }));
    await expect(find(ofHead)).rejects.toMatchObject({
      code: 'GITHUB_REFUSED',
      message: expect.stringContaining('404'),
      hint: expect.stringContaining('deployments: read'),
    });
  });
});

function statusCallsOf(id: number): number {
  return forge.calls.filter(({ path }) => path.includes(`/deployments/${id}/statuses`)).length;
}
