import { describe, expect, it } from 'vitest';
import { withoutSecretLines } from '../../../src/core/narrative/diff-excerpt.ts';

// Put together here, so that nobody's scanner takes this file for a leak.
const random = ['9fKq2', 'LxVb7', 'RtW4m', 'Zp8Ys', 'Hd3Nc', 'Je6Ga'].join('');

describe('withoutSecretLines', () => {
  it.each([
    `+const key = "ghp_${random}"`,
    `+  anthropic: sk-ant-${random}`,
    `-AWS_ACCESS_KEY_ID=AKIA${random.toUpperCase().slice(0, 16)}`,
    `+  "token": "eyJhbGciOi.${random}.x"`,
    '+password: hunter2-long',
    "+  password: 'hunter'",
    '+DB_PASSWORD=hunter2',
    "+const apiKey = 'abcd'",
    '+  client_secret => "abcdef"',
    '+spring.datasource.password = sesame-open',
    `+fetch(url, { headers: { authorization: 'Bearer ${random}' } })`,
    '+DATABASE_URL=postgres://shop:hunter2@db.example/shop',
    `+const seed = '${random}';`,
    `+const digest = '${'0a1b2c3d'.repeat(4)}';`,
    '+redis://:hunter2@cache.example',
  ])('drops %s', (line) => {
    const [sign = ''] = line;
    expect(withoutSecretLines(` before\n${line}\n after`)).toBe(
      ` before\n${sign}(a line that may hold a secret)\n after`,
    );
  });

  it('drops a private key with all its lines', () => {
    const text = '+-----BEGIN RSA PRIVATE KEY-----\n+short\n+line\n+-----END RSA PRIVATE KEY-----\n+const a = 1;';
    expect(withoutSecretLines(text)).toMatch(/^(?:\+\(a line that may hold a secret\)\n){4}\+const a = 1;$/);
  });

  it.each([
    '+for (const item of items) await db.query("select * from prices where id = ?", [item.id]);',
    "+import { configurationReader } from '../../adapters/github-surfaces/gate-of-merge-base.ts';",
    '+const token = await readToken(file);',
    '+  token: string;',
    '+  readonly password: string | undefined;',
    '+    key: item.id,',
    '+class AbstractSingletonProxyFactoryBean2 extends AbstractAdvisorAutoProxyCreator {}',
    '@@ -10,6 +10,9 @@ export async function search(query) {',
    '+GET https://shop.example/items/12?page=3',
  ])('keeps %s', (line) => {
    expect(withoutSecretLines(line)).toBe(line);
  });

  it('takes no longer for lines that were made to take long', () => {
    for (const line of [
      'a'.repeat(300),
      `password${' '.repeat(290)}`,
      `a:${'/'.repeat(298)}`,
      '-----BEGIN '.repeat(27),
    ]) {
      expect(withoutSecretLines(Array(200).fill(line).join('\n'))).toBeTypeOf('string');
    }
  });
});
