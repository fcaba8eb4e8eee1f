import { describe, expect, it } from 'vitest';
import { type Answer, cacheHit, isExposed, itemsIn, quantitiesOf } from '../../../src/core/evidence/outside/answer.ts';

function answer(headers: Record<string, string>, requestHeaders: Record<string, string> = {}): Answer {
  return {
    ...{ method: 'GET', path: '/x', status: 200, headers, requestHeaders, firstByteMs: 20, totalMs: 30 },
    ...{ wireBytes: 100, decodedBytes: 400, bodyHash: '' },
  };
}

describe('what an answer tells of its cache', () => {
  it.each([
    [{ 'x-cache': 'HIT' }, true],
    [{ 'x-cache': 'miss' }, false],
    [{ 'x-cache': 'Hit from cloudfront' }, true],
    [{ 'cf-cache-status': 'DYNAMIC' }, false],
    [{ 'x-vercel-cache': 'STALE' }, true],
    [{ 'cache-status': 'ExampleCache; hit' }, true],
    [{ 'cache-status': 'ExampleCache; fwd=miss' }, false],
    [{ age: '12' }, true],
    [{ age: '0' }, false],
    [{ 'server-timing': 'cdn-cache;desc=HIT' }, true],
    [{ 'server-timing': 'cache;desc="miss"' }, false],
    [{ 'server-timing': 'db;dur=3' }, undefined],
    [{ etag: '"1"' }, undefined],
    [{}, undefined],
  ])('%j is %s', (headers, hit) => {
    expect(cacheHit(answer(headers as Record<string, string>))).toBe(hit);
  });

  it('is a hit where the client has it already, and none where it had asked that', () => {
    const asked = { 'if-none-match': '"1"' };
    expect(cacheHit({ ...answer({}, asked), status: 304 })).toBe(true);
    expect(cacheHit(answer({}, asked))).toBe(false);
  });
});

describe('an answer to somebody’s own request', () => {
  const cookie = { cookie: 'session=1' };
  const token = { authorization: 'Bearer 1' };
  it.each([
    ['is exposed by max-age alone behind a cookie (RFC 9111, 3)', { 'cache-control': 'max-age=60' }, cookie, true],
    ['is not exposed by max-age behind a token (RFC 9111, 3.5)', { 'cache-control': 'max-age=60' }, token, false],
    ['is exposed by public behind a token', { 'cache-control': 'public, max-age=60' }, token, true],
    ['is exposed by s-maxage behind a token', { 'cache-control': 's-maxage=60' }, token, true],
    ['is not exposed by private', { 'cache-control': 'private, max-age=60' }, cookie, false],
    ['is not exposed by no-store', { 'cache-control': 'no-store' }, cookie, false],
    [
      'is not exposed where it varies by the credential',
      { 'cache-control': 'public, max-age=60', vary: 'Cookie' },
      cookie,
      false,
    ],
    [
      'is exposed where it varies by another header',
      { 'cache-control': 'public, max-age=60', vary: 'Accept' },
      cookie,
      true,
    ],
    ['is not exposed without any of it', {}, cookie, false],
    ['is exposed where it sets a cookie', { 'cache-control': 'public, max-age=60', 'set-cookie': 'id=2' }, {}, true],
    ['is nobody’s own without credentials', { 'cache-control': 'public, max-age=60' }, {}, false],
    ['is not exposed where it has expired', { 'cache-control': 'public, max-age=0' }, cookie, false],
  ])('%s', (_, headers, requestHeaders, exposed) => {
    expect(isExposed(answer(headers, requestHeaders as Record<string, string>))).toBe(exposed);
  });

  it('is nobody’s own where everybody gets the same, nor is an answer that no cache may keep for its method', () => {
    const shared = answer({ 'cache-control': 'public, max-age=60' }, cookie);
    expect(isExposed(shared)).toBe(true);
    expect(isExposed({ ...shared, isEverybodys: true })).toBe(false);
    expect(isExposed({ ...shared, method: 'POST' })).toBe(false);
  });
});

describe('quantitiesOf', () => {
  it('has times, sizes and facts as numbers', () => {
    const given = answer({ 'content-encoding': 'gzip', connection: 'close', etag: '"1"' });
    expect(quantitiesOf({ ...given, items: 7, stallMs: 3 })).toEqual({
      ...{ totalMs: 30, firstByteMs: 20, receiveMs: 10, wireBytes: 100, decodedBytes: 400, items: 7, stallMs: 3 },
      ...{ compressed: 1, streamed: 1, closes: 1, validated: 1, keepable: 0, exposed: 0 },
    });
  });

  it('has what the service times, and how much of it went on at once', () => {
    const timed = quantitiesOf(answer({ 'server-timing': 'total;dur=20, db;dur=16;desc="2 queries", http;dur=14' }));
    expect(timed).toMatchObject({ 'timing:db:ms': 16, 'timing:db:calls': 2, 'timing:http:ms': 14, overlapMs: 10 });
    expect(timed).not.toHaveProperty('timing:total:ms');
  });
});

describe('itemsIn', () => {
  it.each([
    ['[1,2,3]', 3],
    ['{"items":[1,2],"facets":[1]}', 2],
    ['{"data":{"list":{"rows":[1,2,3,4]}}}', 4],
    ['{"a":1}', undefined],
    ['{"a":1}\n{"a":2}\n', 2],
    ['<html>', undefined],
    ['{broken', undefined],
    ['', undefined],
  ])('of %s is %s', (body, items) => {
    expect(itemsIn(body)).toBe(items);
  });
});
