import { describe, expect, it } from 'vitest';
import { LiveTargetCheck } from '../../../../src/adapters/k6/run/run-script.ts';
import { judgeCalls, type RecordedCall } from '../../../../src/adapters/k6/script/recorded-calls.ts';
import type { RequestSample } from '../../../../src/core/run-record/sample.ts';

const target = { hostname: 'a.test', port: 80 };
const http = (...addresses: string[]): RecordedCall[] => addresses.map((address) => ({ protocol: 'http', address }));

describe('judgeCalls', () => {
  it('is proven by one call to the target, even when the script then stopped', () => {
    const calls = http('http://login.test/x', 'http://a.test/y', 'http://login.test/z');
    expect(judgeCalls(calls, target)).toEqual({ kind: 'proven', otherHosts: ['login.test'] });
    expect(judgeCalls(calls, target, 'boom')).toEqual({ kind: 'proven', otherHosts: ['login.test'] });
  });

  it('is elsewhere when no call went to the target and the script came to its end', () => {
    expect(judgeCalls(http('http://b.test:81/x', 'undefined/y'), target)).toEqual({
      kind: 'elsewhere',
      hosts: ['b.test:81', '"undefined/y"'],
    });
  });

  it('is unknown when the script stopped before, called nothing, or only followed the stub', () => {
    expect(judgeCalls(http('http://b.test/x'), target, 'boom')).toEqual({ kind: 'unknown', why: 'boom' });
    expect(judgeCalls([], target).kind).toBe('unknown');
    expect(judgeCalls(http('http://stub.invalid/'), target).kind).toBe('unknown');
  });
});

describe('LiveTargetCheck', () => {
  const sample = (name: string): RequestSample => ({
    ...{ kind: 'request', protocol: 'http', method: 'GET', isNamed: false, endedAtMs: 0, durationMs: 1, status: '200' },
    ...{ isExpected: true, name },
  });
  const check = (...names: string[]) => {
    const live = new LiveTargetCheck(target);
    for (const name of names) live.note(sample(name));
    return live.result();
  };

  it('reads the addresses of requests', () => {
    expect(check('http://b.test/x', 'https://a.test/y').kind).toBe('proven');
    expect(check('http://b.test/x', `http://b.test/\${}`)).toEqual({ kind: 'elsewhere', hosts: ['b.test'] });
  });

  it('leaves it open where a request has a name in place of its address', () => {
    expect(check('checkout').kind).toBe('unknown');
    expect(check('http://b.test/x', 'checkout').kind).toBe('unknown');
    expect(check('http://b.test/x', `\${}/items`).kind).toBe('unknown');
    expect(check().kind).toBe('unknown');
  });
});
