import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { waitForTarget } from '../../../src/adapters/target/wait-for-target.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { startScriptedTarget } from '../../support/scripted-target.ts';

type Options = Parameters<typeof waitForTarget>[0];

interface Asked {
  readonly check?: Partial<Options['check']>;
  readonly header?: Options['header'];
  readonly log?: ReturnType<typeof recordedLog>;
  readonly allowsUntrustedCertificate?: boolean;
}

/** With the defaults of the inputs. */
function wait(url: string, asked: Asked = {}) {
  const { check, header, log = recordedLog(), allowsUntrustedCertificate = false } = asked;
  const isNamed = check?.path !== undefined && check.path !== '/';
  return waitForTarget({
    url,
    check: { path: '/', statuses: [{ lowest: 200, highest: isNamed ? 399 : 499 }], timeoutMs: 600, ...check },
    probe: 'http',
    allowsUntrustedCertificate,
    environment: {},
    log,
    signal: new AbortController().signal,
    ...(header && { header }),
  });
}

const form = `<html><title>Shop</title><form action="/session"><input type="text" name="user"><input type='password'></form>`;

function page(response: ServerResponse, body: string, status = 200): true {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(body);
  return true;
}

function redirect(response: ServerResponse, location: string): true {
  response.writeHead(302, { location }).end();
  return true;
}

/** Answers from `script` one after another, then the last one for ever. */
function inTurn(...answers: readonly ((response: ServerResponse) => void)[]) {
  let asked = 0;
  return (_: IncomingMessage, response: ServerResponse): boolean => {
    answers[Math.min(asked++, answers.length - 1)]?.(response);
    return true;
  };
}

const status =
  (code: number, body = '') =>
  (response: ServerResponse) =>
    void response.writeHead(code).end(body);
const json = (value: object) => (response: ServerResponse) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));

describe('waitForTarget', () => {
  it('takes a service for ready that answers well several times in a row', async () => {
    await using target = await startScriptedTarget();
    expect(await wait(target.url)).toEqual({ kind: 'ready' });
    expect(target.requests).toEqual(['GET /', 'GET /', 'GET /']);
  });

  it('takes the refusal of an unknown caller at / for an answer of the service', async () => {
    await using target = await startScriptedTarget({
      kind: 'status',
      status: 401,
      headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer' },
      body: '{"error":"sign in first","type":"password"}',
    });
    expect((await wait(target.url)).kind).toBe('ready');
  });

  it('waits for a service that starts from zero: no connection, then 502, then an answer after some seconds', async () => {
    const slowly = (response: ServerResponse) => void setTimeout(() => json({ ok: true })(response), 2_500);
    await using target = await startScriptedTarget(
      { kind: 'ok' },
      inTurn((response) => void response.destroy(), status(502), slowly, json({ ok: true })),
    );
    const log = recordedLog();
    expect(await wait(target.url, { check: { timeoutMs: 20_000 }, log })).toEqual({ kind: 'ready' });
    expect(target.requests).toHaveLength(5);
    expect(log.lines).toHaveLength(1);
  }, 30_000);

  it('does not take a flapping service for ready, and says that it flaps', async () => {
    let asked = 0;
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => {
      status(asked++ % 2 === 0 ? 200 : 503)(response);
      return true;
    });
    expect(await wait(target.url, { check: { timeoutMs: 1_500 } })).toMatchObject({
      kind: 'not-ready',
      reason: 'target-not-ready',
      detail: expect.stringMatching(
        /it comes and goes: \d+ of \d+ answers were good, never 3 in a row; otherwise it answers with status 503$/,
      ),
    });
  });

  it('waits until a flapping service has settled', async () => {
    await using target = await startScriptedTarget(
      { kind: 'ok' },
      inTurn(status(200), status(503), status(200), status(200), status(503), status(200)),
    );
    expect((await wait(target.url, { check: { timeoutMs: 20_000 } })).kind).toBe('ready');
    expect(target.requests).toHaveLength(8);
  }, 30_000);

  it('asks exactly as often as the answers make it, whatever they are', async () => {
    await using target = await startScriptedTarget(
      { kind: 'ok' },
      inTurn(status(503), status(200), status(503), status(200)),
    );
    expect((await wait(target.url, { check: { timeoutMs: 20_000 } })).kind).toBe('ready');
    expect(target.requests).toHaveLength(6);
    await new Promise((passed) => setTimeout(passed, 1_500));
    expect(target.requests).toHaveLength(6);
  }, 30_000);

  it('waits while the deployment of an older commit answers, where wait-body names the new one', async () => {
    const check = { path: '/version', body: '"commit":"new"', timeoutMs: 20_000 };
    await using target = await startScriptedTarget(
      { kind: 'ok' },
      inTurn(json({ commit: 'old' }), json({ commit: 'new' }), json({ commit: 'old' }), json({ commit: 'new' })),
    );
    expect((await wait(target.url, { check })).kind).toBe('ready');
    expect(target.requests).toHaveLength(6);
  }, 30_000);

  it('says what to do about a certificate that nobody here trusts, and leaves it to a load that doesn’t mind', async () => {
    const file = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));
    const server = createServer({ key: file('server.key'), cert: file('server.pem') }, (_, response) => response.end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await wait(url, { allowsUntrustedCertificate: true })).toEqual({ kind: 'ready' });
      expect(await wait(url)).toMatchObject({
        kind: 'not-ready',
        detail: expect.stringMatching(/can't be reached \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/),
        hint: expect.stringContaining('insecureSkipTLSVerify'),
      });
    } finally {
      server.close();
    }
  });

  it('never takes the deployment of an older commit', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, inTurn(json({ commit: 'old' })));
    expect(await wait(target.url, { check: { path: '/version', body: 'new' } })).toMatchObject({
      kind: 'not-ready',
      detail: expect.stringContaining('its answer doesn\'t contain "new"'),
      hint: expect.stringContaining('wait-body'),
    });
  });
});

describe('waitForTarget at a login', () => {
  const notYours = (detail: unknown) => ({
    kind: 'not-ready',
    reason: 'target-not-ready',
    detail,
    hint: expect.stringMatching(/bypass-header.*wait-path.*wait-body/),
  });

  it.each([200, 401, 403])('stops at once at a login page that is answered with %i', async (code) => {
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => page(response, form, code));
    expect(await wait(target.url, { check: { timeoutMs: 600_000 } })).toEqual(
      notYours(
        `${target.url}/ answers with a login page (a password field, status ${code}), which is not the service that is to be measured`,
      ),
    );
    expect(target.requests).toHaveLength(1);
  });

  it.each([
    '<!doctype html><title>Login – Vercel</title><div id="app"></div>',
    '<html><head><TITLE>Sign in ・ Cloudflare Access</TITLE></head></html>',
    '<title>Authentication Required</title>',
    '<html><title>Password protected site</title>',
  ])('knows a page that asks for no password yet by its title: %s', async (body) => {
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => page(response, body));
    expect(await wait(target.url)).toEqual(notYours(expect.stringContaining('by its title, status 200')));
  });

  it.each([
    '<title>Shop</title><a href="/login">Log in</a>',
    '<title>Our blogging inn</title>',
    '{"title":"<title>Sign in</title>","input":"<input type=password>"}',
  ])('takes a page for the service’s own that only speaks of logging in: %s', async (body) => {
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => {
      const type = body.startsWith('{') ? 'application/json' : 'text/html';
      response.writeHead(200, { 'content-type': type }).end(body);
      return true;
    });
    expect((await wait(target.url)).kind).toBe('ready');
  });

  it('follows the service’s own redirects to its login page and stops there', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, ({ url }, response) =>
      url === '/' ? redirect(response, '/session/new') : page(response, form),
    );
    expect(await wait(target.url)).toEqual(
      notYours(expect.stringContaining(`answers with a login page at ${target.url}/session/new (a password field`)),
    );
  });

  it('lets a service with a login form at its root be measured when wait-path names another page', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, ({ url }, response) =>
      url === '/' ? page(response, form) : false,
    );
    expect((await wait(target.url, { check: { path: '/health' } })).kind).toBe('ready');
  });

  it('lets it be measured when wait-body names a text of the form, or wait-path the login itself', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => page(response, form));
    expect((await wait(target.url, { check: { body: '<title>Shop</title>' } })).kind).toBe('ready');
    expect((await wait(target.url, { check: { path: '/users/login' } })).kind).toBe('ready');
  });

  it('does not take a form that stands before every page for a health page', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => page(response, form));
    expect((await wait(target.url, { check: { path: '/health', body: 'ok' } })).kind).toBe('not-ready');
  });

  it.each(['/login?next=%2F', '/saml2/idp?SAMLRequest=x', '/connect?client_id=a&redirect_uri=b'])(
    'stops at a redirect to another host’s sign-in, without asking there: %s',
    async (path) => {
      await using other = await startScriptedTarget();
      await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) =>
        redirect(response, `${other.url}${path}`),
      );
      expect(await wait(target.url, { check: { path: '/health' } })).toEqual(
        notYours(expect.stringContaining(`sends its callers to a sign-in at 127.0.0.1:${other.port}`)),
      );
      expect(other.requests).toEqual([]);
    },
  );

  it('says that the bypass header was not accepted where it was sent', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => page(response, form, 401));
    expect(await wait(target.url, { header: { name: 'x-bypass', value: 'wrong' } })).toMatchObject({
      hint: expect.stringContaining('`bypass-header` was sent and not accepted'),
    });
  });
});

describe('waitForTarget with a bypass header', () => {
  const header = { name: 'x-bypass', value: 's3cret' };

  it('sends it with every request to the target’s host, along its own redirects too', async () => {
    const seen: unknown[] = [];
    await using target = await startScriptedTarget({ kind: 'ok' }, ({ url, headers }, response) => {
      seen.push(headers['x-bypass']);
      return url === '/' ? redirect(response, '/en/') : false;
    });
    expect((await wait(target.url, { header })).kind).toBe('ready');
    expect(seen).toEqual(Array(6).fill('s3cret'));
  });

  it('never sends it to another host', async () => {
    await using other = await startScriptedTarget();
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) =>
      redirect(response, `${other.url}/docs`),
    );
    expect(await wait(target.url, { header, check: { timeoutMs: 1 } })).toMatchObject({
      kind: 'not-ready',
      detail: expect.stringContaining(`it sends its callers to 127.0.0.1:${other.port}, where \`bypass-header\``),
    });
    expect(other.requests).not.toEqual([]);
    expect(other.lastHeaders['x-bypass']).toBeUndefined();
  });

  it('goes to a page of another host without it where there is none to keep', async () => {
    await using other = await startScriptedTarget();
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) =>
      redirect(response, `${other.url}/docs`),
    );
    expect((await wait(target.url)).kind).toBe('ready');
  });

  it('judges the redirect itself where redirects never end', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => redirect(response, '/'));
    expect((await wait(target.url, { header })).kind).toBe('ready');
  });
});
