import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonFile, steadyRequests } from '../support/k6-lines.ts';
import { runStartMs } from '../support/some-samples.ts';
import { runNode } from '../support/spawn-and-wait.ts';

const cli = resolve(import.meta.dirname, '../../src/cli.ts');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-files-'));
  for (const [name, startMs, slowdown] of [
    ['b1', 0, 1],
    ['b2', 600_000, 1.01],
    ['b3', 1_200_000, 0.99],
    ['b4', 1_800_000, 1],
    ['slow', 2_400_000, 3],
  ] as const) {
    await writeFile(join(folder, `${name}.json`), jsonFile(searchesAndPayments(runStartMs + startMs, slowdown)));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tailgate = (...args: string[]) => runNode([cli, ...args], { cwd: folder, env: { NO_COLOR: '1' } });

/** One address, as of a GraphQL service; of ten requests one is a payment, which alone is slowed down. */
function searchesAndPayments(startMs: number, slowdown: number) {
  const isPayment = (index: number) => index % 10 === 9;
  return steadyRequests({
    startMs,
    perSecond: 30,
    tags: (index) => ({ group: isPayment(index) ? '::pay' : '::search' }),
    slowdown: (index) => (isPayment(index) ? slowdown * 0.2 : 1),
  });
}

async function settings(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return name;
}

const compared = ['--baseline', 'b1.json', 'b2.json', 'b3.json', 'b4.json', '--candidate', 'slow.json'];

async function imported(...flags: string[]) {
  const run = await tailgate('import', 'slow.json', '-o', 'record.json', ...flags);
  expect(run.code, run.stderr).toBe(0);
  const record = JSON.parse(await readFile(join(folder, 'record.json'), 'utf8'));
  return { run, record };
}

describe('the output of a command', () => {
  it('never takes the place of what is read', async () => {
    const before = await readFile(join(folder, 'b1.json'), 'utf8');
    for (const args of [
      ['import', 'b1.json', '-o', './b1.json'],
      ['compare', ...compared, '-o', 'b1.json'],
    ]) {
      const { code, stderr } = await tailgate(...args);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(
          `--output: got "${args.at(-1)}", expected another file than those that are read`,
        ),
      });
    }
    expect(await readFile(join(folder, 'b1.json'), 'utf8')).toBe(before);
  });
});

describe('the configuration file, where files are compared', () => {
  it('tells endpoints apart by group-by, and so finds what one of them alone shows', async () => {
    const config = await settings('group.yml', 'group-by: group\n');
    const run = await tailgate('compare', '--config', config, ...compared);
    expect(run.stdout.split('\n')[0]).toMatch(/^FAIL: .*::pay/);
    expect(run.code).toBe(1);
  });

  it('leaves out its warm-up, and a flag wins over it', async () => {
    const config = await settings('warm.yml', 'warm-up: 30s\nblock-length: 2s\n');
    const measured = async (...flags: string[]) =>
      (await tailgate('compare', ...compared, '--format', 'markdown', ...flags)).stdout.match(/the first \d+ s/)?.[0];
    expect(await measured()).toBe('the first 5 s');
    expect(await measured('--config', config)).toBe('the first 30 s');
    expect(await measured('--config', config, '--warm-up', '20s')).toBe('the first 20 s');
  });

  it('says what the candidate files are to each other', async () => {
    const config = await settings('fresh.yml', 'repeats: fresh\n');
    const report = async (...flags: string[]) =>
      (await tailgate('compare', ...compared, 'b4.json', '--format', 'json', ...flags)).stdout;
    const fresh = await report('--repeats', 'fresh');
    expect(await report('--config', config)).toBe(fresh);
    expect(await report('--config', config, '--repeats', 'same-runner')).toBe(await report());
    expect(await report()).not.toBe(fresh);
    const wrong = await tailgate('compare', '--repeats', 'sometimes', ...compared);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('input repeats: got "sometimes", expected one of auto, fresh, same-runner'),
    ]);
  });
});

describe('the configuration file, where a file is imported', () => {
  it('shapes the record as it does that of a run', async () => {
    const text = 'group-by: group\nwarm-up: 20s\nblock-length: 2s\nenvironment: preview\n';
    const { record } = await imported('--config', await settings('all.yml', text));
    expect(record.endpoints.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([
      'GET ::pay',
      'GET ::search',
    ]);
    expect(record).toMatchObject({ warmUpMs: 20_000, blockLengthMs: 2_000 });
    expect(record.fingerprint.hard).toEqual({ environment: 'preview', outputMode: 'k6-json' });
  });

  it('flags what went to other hosts than the target of the configuration', async () => {
    const cdn = (index: number) => (index % 10 === 0 ? { name: 'https://cdn.example/logo.png' } : {});
    await writeFile(join(folder, 'cdn.json'), jsonFile(steadyRequests({ tags: cdn })));
    const otherHosts = async (...flags: string[]) => {
      const run = await tailgate('import', 'cdn.json', '-o', 'cdn-record.json', ...flags);
      expect(run.code, run.stderr).toBe(0);
      const { endpoints } = JSON.parse(await readFile(join(folder, 'cdn-record.json'), 'utf8'));
      return endpoints.map(({ otherHost }: { otherHost?: string }) => otherHost);
    };
    expect(await otherHosts()).toEqual([undefined, undefined]);
    const config = await settings('target.yml', 'target-url: http://shop.example\n');
    expect((await otherHosts('--config', config)).toSorted()).toEqual(['cdn.example', undefined]);
    expect((await otherHosts('--target-url', 'https://cdn.example')).toSorted()).toEqual(['shop.example', undefined]);
  });

  it('gives way to flags', async () => {
    const config = await settings('flags.yml', 'group-by: group\nwarm-up: 20s\n');
    const { record } = await imported('--config', config, '--warm-up', '10s', '--group-by', 'scenario');
    expect(record.endpoints.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual(['GET default']);
    expect(record.warmUpMs).toBe(10_000);
  });

  it('is told of a group-by tag that no request has', async () => {
    const { run } = await imported('--group-by', 'operation');
    expect(run.stderr).toContain(
      'warning: no request has the tag operation of `group-by`, so endpoints keep their request names; tags of the requests: expected_response, group, method, name, scenario, status, url\n',
    );
  });
});

describe('files of one run, given to compare as runs', () => {
  it('are told, with what makes one run of them', async () => {
    const pod = jsonFile(searchesAndPayments(runStartMs + 2_400_700, 1));
    await writeFile(join(folder, 'pod-2.json'), pod);
    const run = await tailgate('compare', ...compared, 'pod-2.json', '--format', 'json');
    expect(JSON.parse(run.stdout).warnings).toContain(
      'files of --candidate were measured at the same time, pod-2.json beside another: if several load generators made one run, `tailgate import FILE FILE -o run.json` makes one record of it',
    );
    const imported = await tailgate('import', 'slow.json', 'pod-2.json', '-o', 'one.json');
    expect(imported).toMatchObject({ code: 0, stderr: '3323 requests to 1 endpoint in 61 s, 5 s of them warm-up\n' });
  });
});
