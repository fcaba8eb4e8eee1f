import { mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { actBinary } from '../act-binary.ts';
import { k6Binary } from '../k6-binary.ts';
import { runProgram } from '../spawn-and-wait.ts';
import { type ActRun, readActLog } from './read-act-log.ts';
import { stagedAction } from './staged-action.ts';

export interface ActOptions {
  /** Folder for everything that this run leaves behind. */
  readonly folder: string;
  /** Text of the workflow file, unedited. */
  readonly workflow: string;
  readonly event: string;
  readonly payload: object;
  /** `GITHUB_*` and others that the runner sets. */
  readonly env: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

const standIns = resolve(import.meta.dirname, '../actions');

/** Runs a whole workflow on this machine: every `run:` in a real shell, every `uses:` from a folder of ours. */
export async function runAct({ folder, workflow, event, payload, env, vars, secrets }: ActOptions): Promise<ActRun> {
  const place = await mkdtemp(join(folder, 'run-'));
  const [file, payloadFile] = [join(place, 'workflow.yml'), join(place, 'event.json')];
  await Promise.all([writeFile(file, workflow), writeFile(payloadFile, JSON.stringify(payload))]);
  const action = await stagedAction();
  const uses = new Set([...workflow.matchAll(/\buses: *([^\s#]+@[^\s#,}]+)/g)].map((match) => match[1] as string));
  const each = (flag: string, pairs: Readonly<Record<string, string>>) =>
    Object.entries(pairs).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const args = [
    event,
    ...['--workflows', file, '--eventpath', payloadFile, '--directory', place, '--json', '--pull=false'],
    ...['--platform', 'ubuntu-24.04=-self-hosted', '--platform', 'ubuntu-latest=-self-hosted'],
    // Jobs of one run would measure each other.
    ...['--concurrent-jobs', '1'],
    ...['--no-skip-checkout', '--no-cache-server', '--action-cache-path', join(place, 'act')],
    ...[...uses].flatMap((name) => ['--local-repository', `${name}=${folderOf(name, action)}`]),
    ...each('--env', env),
    ...each('--var', vars),
    ...each('--secret', secrets),
  ];
  const finished = await runProgram(await actBinary(), args, { env: await bareEnvironment(place), cwd: place });
  return readActLog(finished);
}

/** The folder that stands for `owner/name@ref`. */
function folderOf(name: string, action: string): string {
  const [, owner, repository] = /^([^/]+)\/([^/@]+)/.exec(name) ?? [];
  if (owner === 'tailgate') return action;
  if (owner === 'actions') return join(standIns, repository ?? '');
  throw new Error(`nothing stands in for ${name}`);
}

/** Jobs see the environment of act, so it holds nothing of this test's own. */
async function bareEnvironment(home: string): Promise<Record<string, string | undefined>> {
  const programs = [dirname(process.execPath), dirname(await k6Binary('2.2.0'))];
  const tools = [resolve(import.meta.dirname, 'shell'), ...programs, '/usr/local/bin', '/usr/bin', '/bin'];
  const nothing = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  return { ...nothing, PATH: tools.join(':'), HOME: home, XDG_CACHE_HOME: home, LANG: 'C.UTF-8' };
}
