import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSources } from '../../../../src/adapters/k6/script/script-sources.ts';
import { k6Fixtures } from '../../../support/measure-script.ts';

describe('readSources', () => {
  it('follows local imports and leaves out what is not there', async () => {
    const sources = await readSources(resolve(k6Fixtures, 'typed.ts'));
    expect(sources.map((file) => file.path)).toEqual([
      resolve(k6Fixtures, 'typed.ts'),
      resolve(k6Fixtures, 'lib/api.ts'),
    ]);
    expect(await readSources('/nowhere/x.js')).toEqual([]);
  });
});

describe('readSources of an archive', () => {
  const script = 'export default () => {};';
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tailgate-archive-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** As `k6 archive` lays it out: what the script is called is a hard link to `data`. */
  async function archived(damage: (whole: Buffer) => Buffer = (whole) => whole) {
    const packed = pack();
    packed.entry({ name: 'metadata.json' }, '{"type":"js"}');
    packed.entry({ name: 'data' }, script);
    packed.entry({ name: 'file/load/shop.js', type: 'link', linkname: 'data' });
    packed.entry({ name: `file/load/${'deep/'.repeat(30)}api.ts` }, 'export const api = 1;');
    packed.entry({ name: 'file/load/users.csv' }, 'name\n'.repeat(500));
    packed.entry({ name: 'file/load/last.js' }, '// the last');
    packed.finalize();
    const path = join(folder, 'script.tar');
    writeFileSync(path, damage(await buffer(packed)));
    const sources = await readSources(path);
    return sources.map((source) => [relative(path, source.path).slice('file/load/'.length), source.text]);
  }

  const api = [`${'deep/'.repeat(30)}api.ts`, 'export const api = 1;'];

  it('finds the script behind its link, names of any length, and no data', async () => {
    expect(await archived()).toEqual([['shop.js', script], api, ['last.js', '// the last']]);
  });

  it('keeps what stands before the place where it is cut', async () => {
    expect(await archived((whole) => whole.subarray(0, whole.indexOf('users.csv') + 600))).toEqual([
      ['shop.js', script],
      api,
    ]);
    expect(await archived((whole) => whole.subarray(0, 700))).toEqual([]);
    expect(await archived(() => Buffer.alloc(0))).toEqual([]);
  });

  it('keeps what stands before a header that is none', async () => {
    const spoiled = (whole: Buffer) => whole.fill('x', whole.indexOf('file/load/users.csv') + 100, whole.length);
    expect(await archived(spoiled)).toEqual([['shop.js', script], api]);
    expect(await archived(() => Buffer.from('<html>please sign in</html>'.repeat(100)))).toEqual([]);
  });

  it('does not take an entry of 9 MiB for a script', async () => {
    const packed = pack();
    packed.entry({ name: 'file/load/big.js' }, ' '.repeat(9 << 20));
    packed.entry({ name: 'file/load/small.js' }, script);
    packed.finalize();
    const path = join(folder, 'big.tar');
    writeFileSync(path, await buffer(packed));
    expect((await readSources(path)).map((source) => source.text)).toEqual([script]);
  });
});
