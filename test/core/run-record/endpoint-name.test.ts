import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  cleanName,
  endpointName,
  isUrlName,
  longestEndpointName,
  templatePath,
} from '../../../src/core/run-record/endpoint-name.ts';

/** What k6's `http.url` leaves of an interpolated value. */
const hole = '$\u007B}';

describe('templatePath', () => {
  it.each([
    ['', '/'],
    ['/', '/'],
    ['/items', '/items'],
    ['/items/', '/items/'],
    ['/items/77', '/items/:id'],
    ['/items/-3', '/items/:id'],
    ['/items/1,2,3', '/items/:id'],
    ['/orders/550e8400-e29b-41d4-a716-446655440000/lines', '/orders/:id/lines'],
    ['/orders/order-550e8400-e29b-41d4-a716-446655440000', '/orders/order-:id'],
    ['/users/507f1f77bcf86cd799439011', '/users/:id'],
    ['/users/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/users/:id'],
    ['/users/user-123/cart', '/users/user-:id/cart'],
    ['/customers/cus_NffrFeUfNV2Hib', '/customers/cus_:id'],
    ['/users/ann%40example.com', '/users/:id'],
    ['/days/2026-11-25/report', '/days/:date/report'],
    ['/months/2026-11', '/months/:date'],
    ['/items/7.json', '/items/:id.json'],
    ['/assets/app.3f2a9c1b.js', '/assets/app.:id.js'],
    ['/login;jsessionid=A1B2C3', '/login'],
    ['/api/v2/items', '/api/v2/items'],
    ['/api/1.0/items', '/api/1.0/items'],
    ['/oauth2/token', '/oauth2/token'],
    ['/facade/deadbeef', '/facade/deadbeef'],
    ['/recommendations/internationalization', '/recommendations/internationalization'],
    [`/${'long-word-'.repeat(10)}`, '/:id'],
  ])('turns %j into %j', (path, expected) => {
    expect(templatePath(path)).toBe(expected);
  });

  test.prop([fc.nat(), fc.nat()])('gives two numbers one name', (a, b) => {
    expect(templatePath(`/items/${a}/reviews`)).toBe(templatePath(`/items/${b}/reviews`));
  });

  test.prop([fc.uuid(), fc.uuid()])('gives two UUIDs one name', (a, b) => {
    expect(templatePath(`/items/${a}`)).toBe(templatePath(`/items/${b}`));
  });

  test.prop([fc.webPath()])('changes nothing the second time', (path) => {
    expect(templatePath(templatePath(path))).toBe(templatePath(path));
  });
});

describe('endpointName', () => {
  const target = ['shop.example:8080'];

  it('drops scheme, host, user and query of a URL of the target', () => {
    expect(endpointName('https://me:secret@shop.example:8080/items/7?page=2#top', false, target)).toEqual({
      name: '/items/:id',
    });
  });

  it('knows the target whatever the case of its host', () => {
    expect(endpointName('http://SHOP.example:8080/items', false, target)).toEqual({ name: '/items' });
  });

  it('keeps and flags another host', () => {
    const other = { name: 'login.example/token', otherHost: 'login.example' };
    expect(endpointName('https://login.example/token', false, target)).toEqual(other);
  });

  it('hands back the host where nobody said which is the target', () => {
    expect(endpointName('https://login.example/token', false, undefined)).toEqual({
      name: '/token',
      host: 'login.example',
    });
  });

  it.each([
    ['action=list', '/index.php?action=list'],
    ['id=42', '/index.php?id=:id'],
    ['flag', '/index.php?flag='],
  ])('keeps the query parameter that is asked for: %s', (query, name) => {
    expect(endpointName('https://shop.example/index.php?x=1', false, ['shop.example'], query)).toEqual({ name });
  });

  it.each([
    ['HTTP://Shop.Example:80/a', 'shop.example'],
    ['https://shop.example:443/a?', 'shop.example'],
    ['https://shop.example:8443/a#top', 'shop.example:8443'],
    ['http://[::1]:8080/a', '[::1]:8080'],
    ['http://user:pass@shop.example/a', 'shop.example'],
  ])('hands the host of %s back in one spelling', (url, host) => {
    expect(endpointName(url, false, undefined)).toEqual({ name: '/a', host });
  });

  it('never rewrites a name that the script chose', () => {
    expect(endpointName('/items/42 v2', true, target)).toEqual({ name: '/items/42 v2' });
  });

  it.each([
    `${hole}/items/${hole}`,
    `http://shop.example:8080/items/${hole}`,
    `http://${hole}/items/${hole}?q=${hole}`,
  ])("reads k6's URL template %s", (name) => {
    expect(endpointName(name, false, target)).toEqual({ name: '/items/:id' });
  });
});

describe('isUrlName', () => {
  it.each(['http://a/b', 'HTTPS://a', 'wss://a/b', `${hole}/items`])('takes %j for a URL', (name) => {
    expect(isUrlName(name)).toBe(true);
  });

  it.each(['Search', '/items/1', 'GET http://a/b', 'signin', hole])('takes %j for a name of the script', (name) => {
    expect(isUrlName(name)).toBe(false);
  });
});

describe('cleanName', () => {
  it('keeps Markdown, HTML and emoji', () => {
    expect(cleanName('**|<b>`x`</b>| 🛒 👩‍💻')).toBe('**|<b>`x`</b>| 🛒 👩‍💻');
  });

  it('replaces line breaks, control and direction characters by one space', () => {
    expect(cleanName('a\r\n\u001b[31mb\u202Ec\u2028d\u0000')).toBe('a [31mb c d');
  });

  it('names what has no printable character', () => {
    expect(cleanName('\n\t')).toBe('(empty)');
  });

  test.prop([fc.string({ unit: 'binary', maxLength: 2000 })])(
    'is bounded, well-formed and free of controls',
    (text) => {
      const name = cleanName(text);
      expect(name.length).toBeLessThanOrEqual(longestEndpointName + 10);
      expect(name.isWellFormed()).toBe(true);
      expect(name).not.toMatch(/\p{Cc}/u);
      expect(cleanName(name.slice(0, longestEndpointName))).not.toBe('');
    },
  );

  it('tells apart two names of 10 kB that differ at the end only', () => {
    const [a, b] = [`${'x'.repeat(10_000)}a`, `${'x'.repeat(10_000)}b`];
    expect(cleanName(a)).not.toBe(cleanName(b));
    expect(cleanName(a)).toMatch(/^x{200} #[\da-f]{8}$/u);
  });

  it('does not cut an emoji in half', () => {
    expect(cleanName(`${'x'.repeat(199)}🛒 and more`)).toMatch(/^x{199} #[\da-f]{8}$/u);
  });
});
