import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * During a whole test run (`npm test`) everything that a program of ours put out, and every secret that it was given, are
 * kept side by side; at the end no secret may be in any output. Without such a run nothing is kept.
 */
const folder = process.env['TAILGATE_TEST_SCAN'];

export interface KeptOutput {
  readonly source: string;
  readonly text: string;
}

/** A token, key or password that a test gives to a program of ours: it must appear in no output. */
export function usedSecret<Secret extends string>(secret: Secret): Secret {
  if (folder !== undefined && secret.length >= shortest) append('secrets', secret);
  return secret;
}

/** What people or machines may read: a log, a comment, a file. */
export function keptOutput(source: string, text: string): void {
  if (folder !== undefined && text !== '') append('output', { source, text } satisfies KeptOutput);
}

export function isKeepingOutput(): boolean {
  return folder !== undefined;
}

/** Anything shorter occurs by chance. */
const shortest = 6;

/** One file for each process, so that no two write to one. */
function append(kind: 'secrets' | 'output', entry: unknown): void {
  appendFileSync(join(folder as string, `${kind}-${process.pid}.jsonl`), `${JSON.stringify(entry)}\n`);
}
