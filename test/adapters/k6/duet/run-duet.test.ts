import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { SidePlace } from '../../../../src/adapters/k6/duet/concurrent-round.ts';
import type { DuetSide } from '../../../../src/adapters/k6/duet/duet-side.ts';
import { whileTargetsStay } from '../../../../src/adapters/k6/duet/run-duet.ts';
import type { PreparedTarget } from '../../../../src/adapters/k6/run/prepare-target.ts';
import { recordedLog } from '../../../support/recorded-log.ts';
import { startScriptedTarget } from '../../../support/scripted-target.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const login = '<form><input type="password" name="secret"></form>';

/** A target that answers by `before`, then by `after`; resolves to what is said of it. */
async function change(before: Answer, after: Answer, asked: { path?: string; body?: string; header?: string } = {}) {
  const { header, ...wait } = asked;
  let answer = before;
  await using target = await startScriptedTarget({ kind: 'ok' }, (request, response) => {
    answer(request, response);
    return true;
  });
  const options = {
    target: { url: target.url },
    wait: { path: '/', statuses: [{ lowest: 200, highest: 399 }], timeoutMs: 1_000, ...wait },
    environment: {},
    log: recordedLog(),
    ...(header && { bypassHeader: { name: 'x-bypass', value: header } }),
  };
  // Only these parts of a prepared target are looked at.
  const place = { setting: { options, signal: new AbortController().signal } } as unknown as PreparedTarget;
  const side = { name: 'candidate' } as DuetSide;
  const places: SidePlace[] = [{ side, place }];
  // Awaited here, for the target is gone at the end of this block.
  return await whileTargetsStay(places, () => {
    answer = after;
    return Promise.resolve(undefined);
  });
}

const says =
  (body: string, headers: Record<string, string> = {}, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const json = { 'content-type': 'application/json' };

describe('whileTargetsStay', () => {
  it('has nothing to say about a target that stays as it is', async () => {
    const same = says('{}', { ...json, 'x-version': '7', etag: '"a"' });
    expect(await change(same, same)).toBeUndefined();
  });

  it.each(['x-version', 'x-app-version', 'x-commit', 'x-release', 'x-build-id', 'X-Git-Sha'])(
    'names the old and the new value of %s',
    async (name) => {
      const found = await change(says('', { [name]: '41' }), says('', { [name]: '42' }));
      expect(found).toMatchObject({
        reason: 'target-changed',
        detail: expect.stringMatching(
          `^the candidate side at http.* changed .*: ${name.toLowerCase()} was 41 before the load and is 42 after it$`,
        ),
      });
    },
  );

  it('reads the version from a JSON answer too', async () => {
    const of = (commit: string) => says(JSON.stringify({ status: 'up', commit, uptime: commit }), json);
    expect((await change(of('aaa'), of('bbb')))?.detail).toContain(
      '"commit" was aaa before the load and is bbb after it',
    );
  });

  it('takes no header for a version that differs between two answers before the load, nor an entity tag', async () => {
    let served = 0;
    const changing: Answer = (_, response) =>
      void response.writeHead(200, { 'x-version': String(++served), etag: `"${served > 2}"` }).end();
    expect(await change(changing, changing)).toBeUndefined();
  });

  it('knows a login page, itself or behind a redirect', async () => {
    const page = says(login, { 'content-type': 'text/html' });
    expect((await change(says('{}', json), page))?.detail).toContain('it answers with a login page now');
    const redirect: Answer = (request, response) =>
      request.url === '/login'
        ? void response.writeHead(200, { 'content-type': 'text/html' }).end(login)
        : void response.writeHead(302, { location: '/login' }).end();
    expect((await change(says('{}', json), redirect))?.detail).toContain('it answers with a login page now');
    expect(await change(page, page)).toBeUndefined();
  });

  it('sends the bypass header to the target, and to no host that it redirects to', async () => {
    const heard: unknown[] = [];
    await using elsewhere = await startScriptedTarget({ kind: 'ok' }, (request, response) => {
      heard.push(request.headers['x-bypass']);
      response.end();
      return true;
    });
    const sent: unknown[] = [];
    const before: Answer = (request, response) => {
      sent.push(request.headers['x-bypass']);
      says('{}', json)(request, response);
    };
    const after: Answer = (_, response) => void response.writeHead(302, { location: `${elsewhere.url}/start` }).end();
    const found = await change(before, after, { header: 's3cret' });
    expect(found).toMatchObject({ reason: 'target-changed' });
    expect([...new Set(sent)]).toEqual(['s3cret']);
    expect([...new Set(heard)]).toEqual([undefined]);
  });

  it('misses what wait-body asks for, and sees another status or kind of content', async () => {
    const body = 'ready';
    expect((await change(says('ready'), says('sorry'), { body }))?.detail).toContain('wait-body');
    expect((await change(says('{}', json), says('gone', json, 404)))?.detail).toContain('status 404');
    expect((await change(says('{}', json), says('x', { 'content-type': 'text/html' })))?.detail).toContain('text/html');
  });

  it('leaves a target that broke, or is overloaded, to its errors', async () => {
    for (const status of [500, 503, 429]) {
      expect(await change(says('{}', json), says('', {}, status))).toBeUndefined();
    }
    expect(await change(says('{}', json), (_, response) => void response.destroy())).toBeUndefined();
  });
});
