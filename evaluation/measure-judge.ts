import { type RunSummary, toRunSummary } from '../src/core/comparison/run-summary.ts';
import { type Random, randomInteger, seededRandom } from '../src/core/stats/random.ts';
import { quantiles } from '../src/core/thresholds/quantiles.ts';
import type { Build } from './builds.ts';
import type { Cell } from './cell.ts';
import { type Injection, inject, runsOfOneDeployment } from './injection.ts';
import type { Decision, Judge } from './judge.ts';
import { rowResult } from './row-result.ts';
import type { BuildOutcome } from './run-bootstrap.ts';
import type { RowResult } from './table.ts';

/** A cell with its runs read once for all builds. */
export interface SummarizedCell {
  readonly name: string;
  readonly runs: readonly RunSummary[];
  /** Endpoints that an injection may slow: those with enough requests in every run for p95, or for p99 alone. */
  readonly eligible: readonly string[];
}

export function summarizeCell(cell: Cell, quantile: 'p95' | 'p99'): SummarizedCell {
  const runs = cell.runs.map(toRunSummary);
  const names = [...(runs[0]?.endpoints.keys() ?? [])].sort();
  const eligible = names.filter((name) =>
    runs.every((run) => (run.endpoints.get(name)?.succeeded ?? 0) >= quantiles[quantile].minRequests),
  );
  return { name: cell.name, runs, eligible };
}

export type Kind = 'none' | 'one' | 'tail' | 'half' | 'all';

export interface Scenario {
  /** Column of the table. */
  readonly column: string;
  readonly kind: Kind;
  readonly increase: number;
  /** Judged in every build of this many; default 1. */
  readonly everyBuilds?: number;
}

export const falseAlarms: Scenario = { column: 'none', kind: 'none', increase: 0 };

/** Columns `one30`, `all20` and so on. */
export function scenario(kind: Exclude<Kind, 'none'>, percent: number): Scenario {
  return { column: `${kind}${percent}`, kind, increase: percent / 100 };
}

/**
 * The scenarios of a row for which `asked` states no figure are judged in every fifth build only; false alarms always in
 * all of them.
 */
export function thinned(scenarios: readonly Scenario[], asked: Readonly<Record<string, string>> = {}): Scenario[] {
  const isAsked = ({ kind, column }: Scenario) =>
    kind === 'none' || [column, `pairs${column}`].some((id) => id in asked);
  return scenarios.map((entry) => (isAsked(entry) ? entry : { ...entry, everyBuilds: 5 }));
}

/** What `thinned` does, in words for a table's note. */
export const thinningNote =
  'The number of builds is that of the false alarms and of the columns with an asked figure; the others are judged in every fifth build.';

/**
 * How often does `judge` raise a false alarm, and how often does it name what was slowed? A false alarm is a build of
 * unchanged code in which anything is named. A slowdown of one endpoint counts as found when that endpoint is named (by
 * p95 or p99 where only its tail was slowed), of half of them when one of those is, of all when anything is.
 */
export function measureJudge(
  cells: readonly SummarizedCell[],
  buildsOf: (cell: SummarizedCell, random: Random) => readonly Build[],
  judge: Judge,
  scenarios: readonly Scenario[],
  seed: string,
  rho?: number,
): RowResult {
  const collected = new Map<string, BuildOutcome[]>();
  for (const [index, cell] of cells.entries()) {
    const random = seededRandom(`${seed} ${cell.name}`);
    const builds = buildsOf(cell, random);
    for (const [number, build] of builds.entries()) {
      for (const scenarioOf of scenarios) {
        if (number % (scenarioOf.everyBuilds ?? 1) !== 0) continue;
        const injection = draw(scenarioOf, cell.eligible, random);
        const decision = decide(cell, build, judge, injection, rho);
        const base = { cell: index, roles: [build.window, build.candidates.slice(0, 1), build.candidates.slice(1)] };
        push(collected, scenarioOf.column, { ...base, value: isHit(decision, scenarioOf, injection) ? 1 : 0 });
        if (scenarioOf.kind === 'none') push(collected, 'runs', { ...base, value: decision.candidateRuns });
        if (scenarioOf.kind === 'half') {
          const column = `wrong${scenarioOf.column}`;
          push(collected, column, { ...base, value: namesUnslowed(decision, injection) ? 1 : 0 });
        }
      }
    }
  }
  return rowResult(cells, collected, seed);
}

function push(map: Map<string, BuildOutcome[]>, key: string, outcome: BuildOutcome): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [outcome]);
  else list.push(outcome);
}

function draw({ kind, increase }: Scenario, eligible: readonly string[], random: Random): Injection | undefined {
  if (kind === 'none') return undefined;
  const part = kind === 'tail' ? 'slowest tenth' : 'all requests';
  if (kind === 'all') return { endpoints: new Set(['*']), increase, part };
  const count = kind === 'half' ? Math.ceil(eligible.length / 2) : 1;
  const pool = [...eligible];
  const endpoints = new Set<string>();
  while (endpoints.size < count && pool.length > 0) {
    endpoints.add(pool.splice(randomInteger(random, pool.length), 1)[0] as string);
  }
  return { endpoints, increase, part };
}

function decide(
  cell: SummarizedCell,
  build: Build,
  judge: Judge,
  injection: Injection | undefined,
  rho: number | undefined,
): Decision {
  const runAt = (index: number) => cell.runs[index] as RunSummary;
  const slowed = (run: RunSummary) => {
    if (injection === undefined) return run;
    const endpoints = injection.endpoints.has('*') ? new Set(run.endpoints.keys()) : injection.endpoints;
    return inject(run, { ...injection, endpoints });
  };
  const drawn = build.candidates.map(runAt);
  const candidates = rho === undefined ? drawn : runsOfOneDeployment(cell.runs, drawn, rho);
  return judge(build.window.map(runAt), candidates.map(slowed));
}

function isHit(decision: Decision, { kind }: Scenario, injection: Injection | undefined): boolean {
  if (kind === 'none' || kind === 'all') return decision.named.length > 0;
  return decision.named.some(
    ({ endpoint, metric }) =>
      injection?.endpoints.has(endpoint) === true && (kind !== 'tail' || metric === 'p95' || metric === 'p99'),
  );
}

function namesUnslowed(decision: Decision, injection: Injection | undefined): boolean {
  return decision.named.some(
    ({ endpoint }) => endpoint.startsWith('(') === false && !injection?.endpoints.has(endpoint),
  );
}
