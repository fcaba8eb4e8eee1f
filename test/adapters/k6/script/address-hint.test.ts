import { describe, expect, it } from 'vitest';
import { addressHint } from '../../../../src/adapters/k6/script/address-hint.ts';

interface Given {
  readonly urlVariables?: readonly string[];
}

/** `#{X}` stands for a piece of a template that reads X from the environment. */
function hintFor(code: string, hosts: string[], { urlVariables = ['BASE_URL', 'TARGET_URL'] }: Given = {}): string {
  const text = code.replace(/#\{(\w+)\}/g, (_, name: string) => `\${__ENV.${name}}`);
  const environment = { BASE_URL: 'http://target', TARGET_URL: 'http://target' };
  return addressHint({ hosts, sources: [{ path: '/work/a.js', text }], directory: '/work', urlVariables, environment });
}

describe('addressHint', () => {
  it('gives a host where the script puts the scheme before it', () => {
    expect(hintFor('get(`http://#{SHOP}/a`)', ['http'], { urlVariables: ['SHOP'] })).toBe(
      "SHOP held the whole address where the script expects a part of it. Give it that part: --env 'SHOP={host}' (in a workflow `SHOP={host}` under `env`, one a line).",
    );
    expect(hintFor('get(`https://#{BASE_URL}/a`)', ['http'])).toContain("--env 'BASE_URL={host}'");
    expect(hintFor('get(`https://#{API_HOST}/a`)', ['http'])).toContain("--env 'API_HOST={host}'");
  });

  it('gives host, port and scheme apart where the script reads them', () => {
    const text =
      "const host = __ENV.HOST || 'localhost', port = __ENV.PORT || '9000', scheme = __ENV.PROTOCOL; get(scheme + '://' + host + ':' + port);";
    expect(hintFor(text, ['localhost:9000'])).toBe(
      "The script takes parts of the address from HOST, PORT, PROTOCOL. Give it those: --env 'HOST={hostname}' --env 'PORT={port}' --env 'PROTOCOL={scheme}' (in a workflow `HOST={hostname}`, `PORT={port}`, `PROTOCOL={scheme}` under `env`, one a line).",
    );
    expect(hintFor(text, ['"http://127.0.0.1:8123:9000/a"'])).toContain("--env 'HOST={hostname}' --env 'PORT={port}'");
    expect(hintFor('get(`http://#{HOST}:#{PORT}`)', ['http'], { urlVariables: ['HOST'] })).toContain(
      "--env 'HOST={hostname}' --env 'PORT={port}'",
    );
  });

  it('names a variable that nobody sets', () => {
    expect(hintFor("get(__ENV.SHOP + '/a')", ['"undefined/a"'])).toBe(
      'The script reads SHOP, which nobody sets. If it is the address, name it in `url-variable`.',
    );
    expect(hintFor('get(`http://#{SHOP}/a`)', ['undefined'])).toContain("--env 'SHOP={host}'");
  });

  it('gives the whole address where nothing is put together', () => {
    expect(hintFor("const base = __ENV.API_HOST || 'https://api.example.com';", ['api.example.com'])).toContain(
      '(it reads API_HOST), name that in `url-variable`',
    );
  });

  it('names the line with an address of its own, and other variables that may hold it', () => {
    expect(hintFor("const base = __ENV.API_URL || 'https://api.example.com';", ['api.example.com'])).toBe(
      "a.js:1: `const base = __ENV.API_URL || 'https://api.example.com';` should take the address from __ENV.BASE_URL. If the script learns the address from another variable (it reads API_URL), name that in `url-variable`.",
    );
    expect(hintFor('get(hidden());', ['api.example.com'])).toBe(
      'If the script learns the address from another variable, name that in `url-variable`.',
    );
  });
});
