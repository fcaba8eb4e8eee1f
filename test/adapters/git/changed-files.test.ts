import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changesOfCheckout } from '../../../src/adapters/git/changed-files.ts';

let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args]).toString();
const write = (path: string, text: string | Buffer) => writeFile(join(folder, path), text);
const commit = () => {
  git('add', '.');
  git('commit', '-q', '-m', 'a change');
};
const all = (paths: readonly string[]) => paths;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-changes-'));
  git('init', '-q', '-b', 'main');
  await mkdir(join(folder, 'src'));
  await write('src/a.ts', 'const a = 1;\n');
  await write('src/gone.ts', 'const gone = 1;\n');
  await write('logo.bin', Buffer.from([0, 1, 2]));
  commit();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('changesOfCheckout', () => {
  it('finds what a branch changed since it left the default branch, and what is not committed yet', async () => {
    git('switch', '-q', '-c', 'topic');
    await write('src/a.ts', 'const a = 2;\n');
    await write('src/spé cial.ts', 'const b = 1;\n');
    await write('logo.bin', Buffer.from([0, 1, 3]));
    await rm(join(folder, 'src/gone.ts'));
    commit();
    git('switch', '-q', 'main');
    await write('src/later.ts', 'of main alone\n');
    commit();
    git('switch', '-q', 'topic');
    await write('src/a.ts', 'const a = 3;\n');
    expect(await changesOfCheckout(join(folder, 'src'), all)).toEqual({
      kind: 'found',
      files: [
        { path: 'logo.bin', hunks: '' },
        { path: 'src/a.ts', hunks: '@@ -1 +1 @@\n-const a = 1;\n+const a = 3;\n' },
        { path: 'src/gone.ts', hunks: '@@ -1 +0,0 @@\n-const gone = 1;\n' },
        { path: 'src/spé cial.ts', hunks: '@@ -0,0 +1 @@\n+const b = 1;\n' },
      ],
    });
  });

  it('reads only what is chosen, whatever it is called and in whatever order', async () => {
    await write('src/*.ts', 'const star = 1;\n');
    await write('z.ts', 'const z = 1;\n');
    git('add', '.');
    await write('src/a.ts', 'const a = 2;\n');
    const chosen = await changesOfCheckout(folder, (paths) => paths.filter((path) => !path.endsWith('a.ts')).reverse());
    expect(chosen).toMatchObject({ kind: 'found', files: [{ path: 'src/*.ts' }, { path: 'z.ts' }] });
  });

  it('is not led astray by the configuration of the repository', async () => {
    for (const [name, value] of [
      ['diff.external', 'touch ran'],
      ['diff.noprefix', 'true'],
      ['diff.mnemonicPrefix', 'true'],
      ['color.diff', 'always'],
      ['diff.renames', 'copies'],
      ['diff.context', '0'],
    ] as const) {
      git('config', name, value);
    }
    await write('src/a.ts', 'const a = 2;\n');
    expect(await changesOfCheckout(folder, all)).toEqual({
      kind: 'found',
      files: [{ path: 'src/a.ts', hunks: '@@ -1 +1 @@\n-const a = 1;\n+const a = 2;\n' }],
    });
  });

  it('prefers the default branch of the remote', async () => {
    git('update-ref', 'refs/remotes/origin/trunk', 'HEAD');
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
    await write('src/a.ts', 'const a = 2;\n');
    commit();
    expect(await changesOfCheckout(folder, all)).toMatchObject({ files: [{ path: 'src/a.ts' }] });
  });

  it('says why where nothing can be told', async () => {
    expect(await changesOfCheckout(join(folder, '..'), all)).toMatchObject({ kind: 'unknown' });
    git('branch', '-m', 'main', 'elsewhere');
    expect(await changesOfCheckout(folder, all)).toEqual({
      kind: 'unknown',
      why: 'the repository has no main or master branch',
    });
  });
});
