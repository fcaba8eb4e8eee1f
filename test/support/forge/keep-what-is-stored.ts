import { gunzipSync } from 'node:zlib';
import { isKeepingOutput, keptOutput } from '../kept-output.ts';
import type { BareRepository } from './bare-repository.ts';

/** Everything in the repository, whoever pushed it: files as they unpack, and what commits say. */
export async function keepWhatIsStored(git: BareRepository): Promise<void> {
  if (!isKeepingOutput()) return;
  const { stdout } = await git.run(['cat-file', '--batch', '--batch-all-objects', '--unordered']);
  for (let at = 0; at < stdout.length; ) {
    const end = stdout.indexOf(0x0a, at);
    const [, type, size = '0'] = stdout.toString('latin1', at, end).split(' ');
    const content = stdout.subarray(end + 1, end + 1 + Number(size));
    at = end + 1 + content.length + 1;
    if (type !== 'tree') keptOutput(`${type} in the repository`, textOf(content));
  }
}

function textOf(content: Buffer): string {
  return (content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content).toString('utf8');
}
