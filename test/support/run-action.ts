import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { keptOutput } from './kept-output.ts';
import { type Finished, runNode, type SpawnOptions } from './spawn-and-wait.ts';

export interface ActionRun extends Finished {
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown of the job summary. */
  readonly summary: string;
}

export interface ActionOptions extends SpawnOptions {
  readonly inputs: Readonly<Record<string, string>>;
  readonly event: 'push' | 'pull_request';
  /** The event's payload; a plain one of the event unless given. */
  readonly payload?: object;
  /** `dist/action.mjs` unless given. */
  readonly program?: string;
}

const action = resolve(import.meta.dirname, '../../dist/action.mjs');
const commit = '0123456789abcdef0123456789abcdef01234567';

/** Runs the Action as GitHub's runner does: inputs and event in the environment, files for what comes out. */
export async function runAction({
  inputs,
  event,
  payload: given,
  env,
  program = action,
  ...options
}: ActionOptions): Promise<ActionRun> {
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-action-'));
  const [output, summary, payload] = ['output', 'summary', 'event.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await Promise.all([
    writeFile(output, ''),
    writeFile(summary, ''),
    writeFile(payload, JSON.stringify(given ?? payloadOf(event))),
  ]);
  const finished = await runNode([program], {
    ...options,
    env: {
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: payload,
      GITHUB_REF: event === 'push' ? 'refs/heads/main' : 'refs/pull/7/merge',
      GITHUB_REF_NAME: event === 'push' ? 'main' : '7/merge',
      GITHUB_SHA: commit,
      GITHUB_WORKFLOW: 'performance',
      GITHUB_JOB: 'gate',
      GITHUB_RUN_ID: '42',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_REPOSITORY: 'example/shop',
      GITHUB_SERVER_URL: 'https://github.com',
      ...env,
    },
  });
  const [outputs, markdown] = await Promise.all([readFile(output, 'utf8'), readFile(summary, 'utf8')]);
  keptOutput('outputs of the action', outputs);
  keptOutput('job summary', markdown);
  await keepReport(inputs['report-dir']);
  return { ...finished, outputs: parseOutputs(outputs), summary: markdown };
}

async function keepReport(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  for (const name of await readdir(folder).catch(() => [])) {
    keptOutput(name, await readFile(join(folder, name), 'utf8').catch(() => ''));
  }
}

function payloadOf(event: ActionOptions['event']): object {
  const repository = { full_name: 'example/shop', default_branch: 'main' };
  return event === 'push'
    ? { ref: 'refs/heads/main', repository }
    : {
        repository,
        pull_request: {
          number: 7,
          head: { sha: commit, ref: 'faster-search', repo: { full_name: 'example/shop' } },
          base: { sha: commit, ref: 'main' },
        },
      };
}

/** The runner's own reading of the file: `name<<DELIMITER`, lines, `DELIMITER`. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name, , value] of text.matchAll(/^([^\n=<]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm))
    outputs[name as string] = value as string;
  return outputs;
}
