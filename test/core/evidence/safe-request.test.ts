import { describe, expect, it } from 'vitest';
import { isSafeToRepeat, withSmallerPage } from '../../../src/core/evidence/outside/safe-request.ts';

describe('isSafeToRepeat', () => {
  it.each([
    '/products?page=2',
    '/users/7/orders',
    '/search?q=delete+me',
    '/verification-reports/7',
    '/',
    '/payments/7',
    '/books?author=7',
    '/stocks/latest',
  ])('takes GET %s', (path) => {
    expect(isSafeToRepeat('GET', path)).toBe(true);
  });

  it.each([
    '/logout',
    '/sign-out?next=/',
    '/api/items/7/delete',
    '/newsletter/unsubscribe?u=7',
    '/confirm?token=abc',
    '/files/7?signature=x',
    '/callback?code=1&state=2',
    '/cart?action=add&id=7',
    '/jobs/7/run',
    '/%64elete/7',
    '/x?do=purge',
    '/cart/add',
    '/deleteUser',
    '/items/7/save',
    '/x?_method=DELETE',
    '/x?delete=1',
    '/x?access_token=abc',
    '/x?api_key=abc',
    '/x?sid=abc',
    '/x?X-Amz-Signature=abc',
  ])('leaves GET %s alone', (path) => {
    expect(isSafeToRepeat('GET', path)).toBe(false);
  });

  it('leaves a GET alone that is another request by a header', () => {
    expect(isSafeToRepeat('GET', '/products', { 'x-http-method-override': 'DELETE' })).toBe(false);
  });

  it('takes no other method', () => {
    for (const method of ['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
      expect(isSafeToRepeat(method, '/products')).toBe(false);
  });
});

describe('withSmallerPage', () => {
  it.each([
    ['/list?limit=20', '/list?limit=5'],
    ['/list?page=3&per_page=100&sort=name', '/list?page=3&per_page=25&sort=name'],
    ['/list?page=3', undefined],
    ['/list?limit=2', undefined],
    ['/list?limit=all', undefined],
  ])('of %s is %s', (path, smaller) => {
    expect(withSmallerPage(path)).toBe(smaller);
  });
});
