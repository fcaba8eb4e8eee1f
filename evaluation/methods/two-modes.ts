import { type RunSummary, toRunSummary } from '../../src/core/comparison/run-summary.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { evaluationThresholds } from '../evaluation-thresholds.ts';
import { type Judge, oneLook, repeatedOnce } from '../judge.ts';
import { rate } from '../row-result.ts';
import { emptyRecord } from '../simulated-world.ts';
import type { Method, RowPlan, RowResult, Table } from '../table.ts';

const builds = 800;
const windowRuns = 5;
const blocks = 12;
const requestsPerBlock = 50;

/** So many of the endpoints have two modes. */
const endpoints = 10;
const twoModed = 3;

const table: Table = {
  id: 'two-modes',
  title: 'Simulated endpoints with two modes, stored mode',
  note:
    'Ten endpoints of 600 requests a run, three of which answer in 6 or in 470 ms. About one in twenty of their requests is slow; the share differs from run to run by the standard ' +
    'deviation that the row names. Five stored runs. A false alarm is any; "+10 points": how often ' +
    'the one endpoint of which a tenth more is slow is named.',
  columns: [
    { id: 'none', title: 'false alarms' },
    { id: 'more10', title: 'one +10 points' },
    { id: 'more20', title: 'one +20 points' },
    { id: 'runs', title: 'runs, unchanged' },
  ],
};

interface Way {
  readonly id: string;
  readonly title: string;
  readonly judge: Judge;
  readonly rho: number;
}

const ways: readonly Way[] = [
  { id: 'one', title: 'one candidate run', judge: oneLook(evaluationThresholds), rho: 1 },
  ...[0, 0.25, 0.5].map((rho) => ({
    id: `repeat-${rho}`,
    title: `one run and its repeat, which share ${rho}`,
    judge: repeatedOnce(evaluationThresholds, 1),
    rho,
  })),
];

/** Endpoints whose p95 jumps between two levels though nothing changed. */
export const twoModesMethod: Method = {
  id: 'two-modes',
  tables: [table],
  rows: ({ scale }) =>
    [0.01, 0.03].flatMap((deviation) =>
      ways.map(
        (way): RowPlan => ({
          id: `${deviation}-${way.id}`,
          table: 'two-modes',
          title: `the share differs by ${deviation}; ${way.title}`,
          asked: { none: '<= .05' },
          compute: () => measure(deviation, way, Math.ceil(builds * scale)),
        }),
      ),
    ),
};

function measure(deviation: number, { judge, rho, id }: Way, count: number): RowResult {
  const random = seededRandom(`two modes ${deviation} ${id}`);
  const hits = { none: 0, more10: 0, more20: 0 };
  let runs = 0;
  let slowed = 0;
  for (let build = 0; build < count; build++) {
    const usual = Array.from({ length: twoModed }, () => 0.03 + 0.04 * random.next());
    const window = Array.from({ length: windowRuns }, () => aRun(usual, drawn(deviation, random), random));
    const common = drawn(deviation, random);
    const candidates = (more: number) =>
      [0, 1].map(() => {
        const own = drawn(deviation, random);
        const luck = own.map((z, j) => Math.sqrt(rho) * (common[j] as number) + Math.sqrt(1 - rho) * z);
        return aRun([(usual[0] as number) + more, ...usual.slice(1)], luck, random);
      });
    const unchanged = judge(window, candidates(0));
    runs += unchanged.candidateRuns;
    if (unchanged.named.length > 0) hits.none++;
    if (build % 4 !== 0) continue;
    slowed++;
    const isNamed = (more: number) =>
      judge(window, candidates(more)).named.some(({ endpoint }) => endpoint === nameOf(0));
    if (isNamed(0.1)) hits.more10++;
    if (isNamed(0.2)) hits.more20++;
  }
  return {
    total: {
      none: rate(hits.none, count),
      more10: rate(hits.more10, slowed),
      more20: rate(hits.more20, slowed),
      runs: { value: runs / count },
    },
    cells: [],
  };
}

function drawn(deviation: number, random: Random): number[] {
  return Array.from({ length: twoModed }, () => deviation * randomNormal(random));
}

function nameOf(endpoint: number): string {
  return `GET /${endpoint}`;
}

/** `luck`: by how much the shares of this run differ from the usual ones. */
function aRun(usual: readonly number[], luck: readonly number[], random: Random): RunSummary {
  const ofRun = 0.04 * randomNormal(random);
  const series = Array.from({ length: endpoints }, (_, j) => {
    const share = j < twoModed ? Math.max(0.002, (usual[j] as number) + (luck[j] as number)) : 0;
    const level = Math.exp(ofRun + 0.03 * randomNormal(random));
    const latencyMs = () => {
      const isSlow = share > 0 && random.next() < share;
      const center = share === 0 ? 80 : isSlow ? 470 : 6;
      return center * level * Math.exp((share === 0 ? 0.3 : 0.1) * randomNormal(random));
    };
    return {
      endpoint: nameOf(j),
      protocol: 'http' as const,
      method: 'GET',
      name: `/${j}`,
      outcomes: { '200': blocks * requestsPerBlock },
      blocks: Array.from({ length: blocks }, (_block, index) => ({
        index,
        latency: LatencySketch.of(Array.from({ length: requestsPerBlock }, latencyMs)),
        failedRequests: 0,
      })),
    };
  });
  return toRunSummary({ ...emptyRecord, durationMs: blocks * emptyRecord.blockLengthMs, endpoints: series });
}
