import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Placement } from '../../core/comparison/paired/duet-plan.ts';
import type { Address } from './target-host.ts';

const connections = 5;
const longestConnectMs = 5_000;

/** Time in ms that a TCP connection takes, which is about one round trip; undefined when none came about. */
async function connectTimeMs({ hostname, port }: Address): Promise<number | undefined> {
  const startedMs = performance.now();
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(longestConnectMs) });
    return performance.now() - startedMs;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

/** A difference (in ms, and relative to the nearer side) that is worth a line. */
const worthTelling = { ms: 1, share: 0.25 };

/** A sentence when one side is clearly further away; undefined when they are alike, or it can't be told. */
export async function compareDistance(baseline: Address, candidate: Address): Promise<string | undefined> {
  // A busy machine only makes connections slower, so the fastest of each side shows the way.
  let [before, after] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < connections; i++) {
    // In turns, and one after the other: at once they would disturb each other.
    const toBaselineMs = await connectTimeMs(baseline);
    const toCandidateMs = await connectTimeMs(candidate);
    if (toBaselineMs === undefined || toCandidateMs === undefined) return undefined;
    [before, after] = [Math.min(before, toBaselineMs), Math.min(after, toCandidateMs)];
  }
  const difference = Math.abs(after - before);
  if (difference < worthTelling.ms || difference < worthTelling.share * Math.min(before, after)) return undefined;
  const text = (ms: number) => `${ms.toFixed(1)} ms`;
  return `connecting takes ${text(before)} to the baseline and ${text(after)} to the candidate: part of any difference may be the network's`;
}

/** Whether both names lead to one machine; two names that can't be looked up are taken for two hosts. */
export async function recognizePlacement(baseline: Address, candidate: Address): Promise<Placement> {
  if (baseline.hostname === candidate.hostname) return 'one-host';
  const [before, after] = await Promise.all([addressesOf(baseline), addressesOf(candidate)]);
  const isLoopback = (addresses: readonly string[]) => addresses.some((address) => /^(127\.|::1$)/.test(address));
  const isShared = before.some((address) => after.includes(address)) || (isLoopback(before) && isLoopback(after));
  return isShared ? 'one-host' : 'separate-hosts';
}

async function addressesOf({ hostname }: Address): Promise<readonly string[]> {
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
