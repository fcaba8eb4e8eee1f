import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanForSecrets } from './support/secret-scan.ts';
import { runNode } from './support/spawn-and-wait.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-scan-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const secret = `ghs_${'Ab1'.repeat(13)}`;
const spawnAndWait = join(import.meta.dirname, 'support/spawn-and-wait.ts');

/** As a test of another process does: a program is given a secret and puts `code` out. */
async function scanAfter(code: string, variable = 'INPUT_GITHUB-TOKEN') {
  const program = `
    import { runNode } from ${JSON.stringify(spawnAndWait)};
    await runNode(['-e', ${JSON.stringify(code)}], { env: { ${JSON.stringify(variable)}: ${JSON.stringify(secret)} } });`;
  const { code: exit, stderr } = await runNode(['--input-type=module', '-e', program], {
    env: { TAILGATE_TEST_SCAN: folder },
  });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  return scanForSecrets(folder);
}

const inEnvironment = "process.env['INPUT_GITHUB-TOKEN']";

describe('scanForSecrets', () => {
  it.each([
    ['as it is', inEnvironment],
    ['in an address', `'https://x-access-token:' + ${inEnvironment} + '@github.com'`],
    ...[0, 1, 2].map((offset) => [
      `in base64 at offset ${offset}`,
      `Buffer.from('${'x'.repeat(offset)}' + ${inEnvironment} + ' and more').toString('base64')`,
    ]),
  ])('finds a secret that a program shows %s, without showing it again', async (_, shown) => {
    const { found } = await scanAfter(`console.error('before', ${shown}, 'behind')`);
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain(secret.slice(4));
  });

  it('finds nothing in a program that keeps its secret, and counts what it looked at', async () => {
    const seen = await scanAfter("console.log('nothing to see')");
    expect(seen).toMatchObject({ secrets: 1, found: [] });
    expect(seen.outputs).toBeGreaterThan(0);
  });

  it('takes a request to mask a secret for no showing of it', async () => {
    expect(await scanAfter(`console.log('::add-mask::' + ${inEnvironment})`)).toMatchObject({ secrets: 1, found: [] });
  });

  it('takes act’s log of such a request for none either, and only that', async () => {
    const line = (command: string) => `console.log(JSON.stringify({ arg: ${inEnvironment}, command: '${command}' }))`;
    expect((await scanAfter(line('add-mask'))).found).toEqual([]);
    expect((await scanAfter(line('set-output'))).found).toHaveLength(1);
  });

  it('finds what looks like a token though no test named it', async () => {
    await writeFile(join(folder, 'output-1.jsonl'), `${JSON.stringify({ source: 'log', text: `see ${secret}` })}\n`);
    expect((await scanForSecrets(folder)).found).toHaveLength(1);
  });
});
