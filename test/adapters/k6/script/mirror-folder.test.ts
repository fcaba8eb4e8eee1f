import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWrapper } from '../../../../src/adapters/k6/script/mirror-folder.ts';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tailgate-mirror-test-'));
  await mkdir(join(base, 'work/load/lib'), { recursive: true });
  await mkdir(join(base, 'generated'));
  const texts = {
    'work/load/a.js': "import './lib/b.js';",
    'work/load/lib/b.js': "import 'k6/ws';",
    'work/data.csv': '1',
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(base, name), text);
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function wrap(modules: Record<string, string>) {
  const script = join(base, 'work/load/a.js');
  const paths = [script, join(base, 'work/load/lib/b.js')];
  const sources = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8') })));
  const folder = join(base, 'generated');
  const wrapper = await writeWrapper({ script, sources, modules, folder, text: (loaded) => loaded });
  return {
    wrapper,
    loaded: await readFile(wrapper, 'utf8'),
    beside: (path: string) => readFile(join(dirname(wrapper), path), 'utf8'),
  };
}

describe('writeWrapper', () => {
  it('puts a wrapper where every relative path leads where it leads from the script', async () => {
    const { loaded, beside } = await wrap({});
    expect(loaded).toBe(join(base, 'work/load/a.js'));
    expect(await beside('a.js')).toBe("import './lib/b.js';");
    expect(await beside('../data.csv')).toBe('1');
  });

  it('changes imports in copies alone', async () => {
    const { wrapper, loaded, beside } = await wrap({ 'k6/ws': 'ws.js' });
    expect(loaded).toBe(join(dirname(wrapper), 'a.js'));
    expect(await beside('lib/b.js')).toBe(`import "file://${join(base, 'generated/ws.js')}";`);
    expect(await readFile(join(base, 'work/load/lib/b.js'), 'utf8')).toBe("import 'k6/ws';");
  });

  it('writes nothing beside the script, nor over a file of its own name there', async () => {
    await writeFile(join(base, 'work/load/tailgate-wrapper.js'), 'mine');
    await expect(wrap({})).rejects.toThrow('EEXIST');
    expect(await readFile(join(base, 'work/load/tailgate-wrapper.js'), 'utf8')).toBe('mine');
    expect((await readdir(join(base, 'work/load'))).sort()).toEqual(['a.js', 'lib', 'tailgate-wrapper.js']);
  });
});
