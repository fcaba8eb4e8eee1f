import { GateError } from '../../../errors.ts';

/** Beyond this share of lines or requests that can't be used, what is left describes another run. */
const mostUnusableShare = 0.01;

/** What was met while a raw k6 file was read to its end. */
export interface FileDamage {
  /** The end of the file lies within a line. */
  readonly isCut: boolean;
  readonly lines: number;
  readonly brokenLines: number;
  readonly requests: number;
  /** Requests whose duration or time is impossible. */
  readonly requestsLeftOut: number;
  /** What the warnings say of the damage, with the first example of each kind. */
  readonly details: readonly string[];
}

/** Throws `GateError` INPUT_UNREADABLE for a file that is no longer what k6 wrote: half a run must not pass for a whole one. */
export function refuseDamagedFile(source: string, damage: FileDamage): void {
  const { isCut, lines, brokenLines, requests, requestsLeftOut } = damage;
  const hint = 'Was k6 or the copy stopped early? Measure or copy again; half a run is not compared.';
  if (isCut) throw new GateError('INPUT_UNREADABLE', `${source} is cut short: its last line is not whole`, hint);
  const seen = damage.details.length === 0 ? '' : `: ${damage.details.join('; ')}`;
  if (brokenLines > mostUnusableShare * lines) {
    const message = `${source} is damaged, ${brokenLines} of ${lines} lines can't be read${seen}`;
    throw new GateError('INPUT_UNREADABLE', message, hint);
  }
  if (requestsLeftOut > mostUnusableShare * requests) {
    const message = `${source} is damaged, ${requestsLeftOut} of ${requests} requests have an impossible duration or time${seen}`;
    throw new GateError('INPUT_UNREADABLE', message, 'Was the file edited, or written by something else than k6?');
  }
}
