import type { RunSummary } from '../src/core/comparison/run-summary.ts';
import { type Random, randomInteger, seededRandom } from '../src/core/stats/random.ts';
import { quantiles } from '../src/core/thresholds/quantiles.ts';
import { inject } from './injection.ts';
import type { Judge } from './judge.ts';
import { rate } from './row-result.ts';
import { simulateRuns, type World } from './simulated-world.ts';
import type { Figure, RowResult } from './table.ts';

/** Power needs fewer builds than the small rates of false alarms: it is measured in every fourth one. */
const buildsPerSlowedOne = 4;

/** False alarms and power of a judge in a simulated world, each build in a world of its own. */
export function measureWorld(
  world: World,
  {
    windowRuns,
    candidates,
    judge,
  }: { readonly windowRuns: number; readonly candidates: number; readonly judge: Judge },
  builds: number,
  seed: string,
): RowResult {
  const random = seededRandom(seed);
  const hits = { none: 0, one30: 0, all30: 0 };
  let runs = 0;
  let slowedBuilds = 0;
  let judgedOne = 0;
  for (let build = 0; build < builds; build++) {
    const simulated = simulateRuns(world, windowRuns, candidates, random);
    const unchanged = judge(simulated.window, simulated.candidates);
    runs += unchanged.candidateRuns;
    if (unchanged.named.length > 0) hits.none++;
    if (build % buildsPerSlowedOne !== 0) continue;
    slowedBuilds++;
    const slowed = pick(simulated.candidates, random);
    if (slowed !== undefined) {
      judgedOne++;
      const decision = judge(simulated.window, slow(simulated.candidates, new Set([slowed])));
      if (decision.named.some(({ endpoint }) => endpoint === slowed)) hits.one30++;
    }
    const all = new Set(simulated.candidates[0]?.endpoints.keys());
    if (judge(simulated.window, slow(simulated.candidates, all)).named.length > 0) hits.all30++;
  }
  return {
    total: {
      none: rate(hits.none, builds),
      one30: rate(hits.one30, judgedOne),
      all30: rate(hits.all30, slowedBuilds),
      runs: { value: runs / builds },
    },
    cells: [],
  };
}

/** False alarms alone. */
export function measureFalseAlarms(
  world: World,
  way: { readonly windowRuns: number; readonly candidates: number; readonly judge: Judge },
  builds: number,
  seed: string,
): Figure {
  const random = seededRandom(seed);
  let hits = 0;
  for (let build = 0; build < builds; build++) {
    const { window, candidates } = simulateRuns(world, way.windowRuns, way.candidates, random);
    if (way.judge(window, candidates).named.length > 0) hits++;
  }
  return rate(hits, builds);
}

function slow(runs: readonly RunSummary[], endpoints: ReadonlySet<string>): RunSummary[] {
  return runs.map((run) => inject(run, { endpoints, increase: 0.3, part: 'all requests' }));
}

/** An endpoint with enough requests for p95; undefined when there is none. */
function pick(runs: readonly RunSummary[], random: Random): string | undefined {
  const eligible = [...(runs[0]?.endpoints.values() ?? [])].filter(
    ({ succeeded }) => succeeded >= quantiles.p95.minRequests,
  );
  return eligible[randomInteger(random, Math.max(1, eligible.length))]?.endpoint;
}
