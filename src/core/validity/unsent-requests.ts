import type { EndpointSeries } from '../run-record/run-record.ts';
import { countOutcomes } from './outcome-counts.ts';
import type { InvalidReason } from './validity.ts';

/** Requests that never left the load generator's machine, by what kept them there. */
interface Obstacle {
  /** k6's error codes, https://grafana.com/docs/k6/latest/javascript-api/error-codes/ */
  readonly codes: readonly number[];
  readonly reason: InvalidReason;
  /** Completes "990 of 1000 requests …". */
  readonly what: string;
  readonly hint: string;
}

const obstacles: readonly Obstacle[] = [
  {
    codes: [1110, 1111],
    reason: 'target-not-used',
    what: 'were not sent, because k6 was told to block their address',
    hint: "Take the target out of the script's `blacklistIPs` and `blockHostnames` (or K6_BLACKLIST_IPS and K6_BLOCK_HOSTNAMES).",
  },
  {
    codes: [1020],
    reason: 'target-not-used',
    what: 'were not sent, because their URL is invalid',
    hint: 'See how the script puts its URLs together: is the variable set from which it takes the address?',
  },
  {
    codes: [1010, 1100, 1101],
    reason: 'target-gone',
    what: 'were not sent, because no address was found for the host name',
    hint: "Check the host name in the script and in target-url, and this machine's name resolution.",
  },
  {
    codes: [1202, 1213],
    reason: 'generator-saturated',
    what: 'were not sent, because this machine could not open a connection (too many open files, no free port, no route)',
    hint: 'Raise the limit on open files (`ulimit -n`), reuse connections, or make less load; check that this machine can reach the target.',
  },
];

/** From this share of the requests on, the few answers that came describe nothing. */
const unsentShare = 0.9;

/** From this share on, a reader should know that some failures are none of the target's. */
const unsentWarningShare = 0.01;

interface Unsent {
  readonly obstacle: Obstacle;
  readonly count: number;
  readonly requests: number;
}

/** Why a run is no judgement on the target: (nearly) all requests to it were stopped before they reached it. */
export function refuseUnsentRequests(
  endpoints: readonly EndpointSeries[],
): { kind: 'invalid'; reason: InvalidReason; detail: string; hint: string } | undefined {
  const unsent = unsentRequests(endpoints);
  const [worst] = unsent;
  const total = unsent.reduce((sum, { count }) => sum + count, 0);
  if (worst === undefined || total < unsentShare * worst.requests) return undefined;
  const { reason, hint } = worst.obstacle;
  return { kind: 'invalid', reason, detail: unsent.map(describe).join('; '), hint };
}

/** One sentence per obstacle that stopped more than a few requests. */
export function warnOfUnsentRequests(endpoints: readonly EndpointSeries[]): string[] {
  return unsentRequests(endpoints)
    .filter(({ count, requests }) => count >= unsentWarningShare * requests)
    .map((unsent) => `${describe(unsent)}: these failures are not the target's`);
}

/** Most frequent first. */
function unsentRequests(endpoints: readonly EndpointSeries[]): readonly Unsent[] {
  const ownEndpoints = endpoints.filter((series) => series.otherHost === undefined);
  const { requests, byOutcome } = countOutcomes(ownEndpoints.length > 0 ? ownEndpoints : endpoints);
  return obstacles
    .map((obstacle) => {
      const count = obstacle.codes.reduce((sum, code) => sum + (byOutcome.get(`error ${code}`) ?? 0), 0);
      return { obstacle, count, requests };
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

function describe({ obstacle, count, requests }: Unsent): string {
  return `${count} of ${requests} requests ${obstacle.what}`;
}
