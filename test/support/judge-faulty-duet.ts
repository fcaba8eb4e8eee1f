import { setTimeout as sleep } from 'node:timers/promises';
import type { DuetOrder, Placement } from '../../src/core/comparison/paired/duet-plan.ts';
import { measureAndJudgeDuet } from '../../src/gate/duet.ts';
import type { Judged } from '../../src/gate/judge.ts';
import type { FaultyShop, FaultySides } from './faulty-shop.ts';
import { duetMeasurerOf } from './measure-duet-script.ts';
import { scriptFolder } from './measure-script.ts';
import type { RecordedLog } from './recorded-log.ts';
import { someThresholds } from './some-thresholds.ts';

interface FaultyDuet {
  /** Pairs at most; 8 unless given, the fewest that a duet may have. */
  readonly pairs?: number;
  /** Half a second unless given: enough where no statistics are at stake. */
  readonly blockLengthMs?: number;
  /** Options of the script beside its scenario. */
  readonly scriptOptions?: string;
  /** Both at once unless given. */
  readonly order?: DuetOrder;
  /** By the addresses unless given: one host. */
  readonly placement?: Placement;
  /** Of one side; 60 unless given. */
  readonly requestsPerSecond?: number;
  /** What happens while load runs on both sides; begins when both get requests. */
  readonly meanwhile?: (shops: FaultySides) => Promise<void>;
}

const usualRequestsPerSecond = 60;

/** Requests of one side in a block of half a second. */
export const requestsPerBlock = usualRequestsPerSecond / 2;

const script = (more: string, rate: number) => `import http from 'k6/http';
import { check } from 'k6';
export const options = {
  scenarios: { browse: { executor: 'constant-arrival-rate', rate: ${rate}, duration: '60s', preAllocatedVUs: 40, maxVUs: 200 } },
  ${more}
};
export default function () {
  const path = __ITER % 2 === 0 ? '/products/' + (1 + (__ITER % 40)) : '/carts/' + (1 + (__ITER % 40));
  const response = http.get(__ENV.BASE_URL + path, { timeout: '1s' });
  check(response, { 'is JSON': ({ headers }) => String(headers['Content-Type']).includes('json') });
}`;

/** A whole duet with real k6 between two shops, judged as the gate judges it, while something goes wrong. */
export async function judgeFaultyDuet(
  shops: FaultySides,
  { pairs = 8, blockLengthMs = 500, scriptOptions = '', meanwhile, ...given }: FaultyDuet,
): Promise<Judged & { readonly log: RecordedLog }> {
  const { order, placement, requestsPerSecond = usualRequestsPerSecond } = given;
  await using folder = await scriptFolder({ 'browse.js': script(scriptOptions, requestsPerSecond) });
  const { measurer, log } = await duetMeasurerOf({
    baselineUrl: shops.baseline.url,
    candidateUrl: shops.candidate.url,
    directory: folder.path,
    scripts: ['browse.js'],
    warmUpMs: 500,
    blockLengthMs,
    judgedMs: pairs * blockLengthMs,
    ...(order && { order }),
    ...(placement && { placement }),
    wait: { path: '/products/1', statuses: [{ lowest: 200, highest: 399 }], timeoutMs: 5_000 },
  });
  const progress = { show: () => {}, end: () => {} };
  const plan = {
    name: 'shop',
    // Far below the usual .05: a chance find in a suite that runs daily would be taken for a fault of the code.
    thresholds: someThresholds({ alpha: 0.01 }),
    failOn: ['regressed', 'k6-thresholds', 'invalid'] as const,
  };
  const signal = new AbortController().signal;
  let isOver = false;
  const fault = loadHasBegun(shops)
    .then(() => meanwhile?.(shops))
    .finally(() => {
      isOver = true;
    });
  const duet = measureAndJudgeDuet(plan, { measurer, progress, signal }, { stored: [], warnings: [] }).then(
    async (judged) => {
      // A fault that waits for requests must come to its end though the duet knew enough before.
      while (!isOver) await Promise.all([shops.baseline, shops.candidate].map(askOnce));
      return judged;
    },
  );
  const [judged] = await Promise.all([duet, fault]);
  return { ...judged, log };
}

async function askOnce(shop: FaultyShop): Promise<void> {
  await fetch(`${shop.directUrl()}/products/1`)
    .then((response) => response.arrayBuffer())
    .catch(() => sleep(50));
}

/** Both shops have answered the readiness checks and a block of requests. */
async function loadHasBegun({ baseline, candidate }: FaultySides): Promise<void> {
  const begun = (shop: FaultyShop) => shop.afterRequests(2 * requestsPerBlock);
  await Promise.all([begun(baseline), begun(candidate)]);
}
