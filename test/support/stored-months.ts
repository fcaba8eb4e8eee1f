import type { RecordedAcceptance, RunRecord } from '../../src/core/run-record/run-record.ts';
import { endpointSubject } from '../../src/core/run-record/subject.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { aSteadyRun, type SteadyEndpoint } from './a-steady-run.ts';

const dayMs = 86_400_000;

/** How the stored runs of a service came about. */
export interface StoredMonths {
  /** Shape of each endpoint at the beginning. */
  readonly endpoints: Readonly<Record<string, SteadyEndpoint>>;
  readonly runs: number;
  readonly seed: string;
  /** Days from one run to the next; 1 unless given. */
  readonly everyDays?: number;
  /** Factor on the latencies of an endpoint in a run; 1 unless given. */
  readonly level?: (endpoint: string, run: number) => number;
  /** Share of failed requests; 0 unless given. */
  readonly failing?: (endpoint: string, run: number) => number;
  /** Runs that were judged red. */
  readonly red?: readonly number[];
  readonly accepted?: Readonly<Record<number, RecordedAcceptance>>;
}

/** Stored runs over months, oldest first; each endpoint wobbles by 3 % from run to run. */
export function storedMonths(plan: StoredMonths): RunRecord[] {
  const random = seededRandom(plan.seed);
  return Array.from({ length: plan.runs }, (_, run) => storedRun(plan, run, random));
}

function storedRun(plan: StoredMonths, run: number, random: Random): RunRecord {
  const { endpoints, runs, everyDays = 1, level, failing, red, accepted } = plan;
  const startedAt = new Date(Date.UTC(2026, 10, 24, 8) - (runs - 1 - run) * everyDays * dayMs).toISOString();
  const shapes = Object.entries(endpoints).map(([name, shape]): [string, SteadyEndpoint] => {
    const factor = (level?.(name, run) ?? 1) * Math.exp(0.03 * randomNormal(random));
    const failed = Math.round(shape.requests * (failing?.(name, run) ?? 0));
    return [name, { ...shape, medianMs: shape.medianMs * factor, requests: shape.requests - failed, failed }];
  });
  const acceptance = accepted?.[run];
  return aSteadyRun(Object.fromEntries(shapes), {
    id: `${startedAt}-${run}`,
    startedAt,
    provenance: { commit: `${(0xa0b1c2d + run * 7919).toString(16)}5c4b3a29180716253443526170`, branch: 'main' },
    ...(red?.includes(run) === true && { quarantined: { reason: 'GET /search p95 rose' } }),
    ...(acceptance !== undefined && { accepted: acceptance }),
  });
}

/** Half a year of a shop: one endpoint crept, one stepped up, one was accepted as slower, one fails more; two red runs. */
export function aShopsMonths(): RunRecord[] {
  const medians = {
    'GET /products': 42,
    'GET /products/:id': 28,
    'GET /search': 120,
    'POST /login': 95,
    'GET /carts/:id': 18,
    'POST /checkout': 210,
    'GET /users/:id/orders': 64,
    'GET /reports/sales': 480,
  };
  const runs = 120;
  return storedMonths({
    endpoints: Object.fromEntries(
      Object.entries(medians).map(([name, medianMs]) => [name, { medianMs, requests: 300 }]),
    ),
    runs,
    seed: 'a shop',
    everyDays: 1.5,
    level: (endpoint, run) =>
      (endpoint === 'GET /search' ? 1.3 ** (run / (runs - 1)) : 1) *
      (endpoint === 'POST /login' && run >= 70 ? 1.4 : 1) *
      (endpoint === 'GET /reports/sales' && run >= 50 ? 1.3 : 1) *
      (endpoint === 'GET /carts/:id' && run >= 90 ? 0.8 : 1) *
      (run === 30 || run === 85 ? 1.5 : 1),
    failing: (endpoint, run) => (endpoint === 'POST /checkout' && run >= 100 ? 0.03 : 0),
    red: [30, 85],
    accepted: {
      50: {
        by: 'maintainer',
        reason: 'the sales report now covers all shops',
        until: '2026-11-08',
        pullRequest: 412,
        figures: [{ subject: endpointSubject('GET /reports/sales'), metric: 'p95', relativeChange: 0.3 }],
      },
    },
  });
}
