import type { EndpointSeries, RunRecord } from '../run-record/run-record.ts';
import { quantileMs } from '../sketch/latency-sketch.ts';
import { rankTrend } from '../stats/rank-trend.ts';

/**
 * A rise that is told: 20 % from the first to the last block, so steady that of 30 000 unchanged endpoints one shows it.
 * Fewer than eleven blocks can't be that steady.
 */
const steadyZ = 4;
const worthTelling = Math.log(1.2);

/** Fewer requests than this have no median worth following. */
const minRequests = 5;

/** Beyond this many the pattern is clear. */
const maxNamed = 3;

/** What is to be told of growth. */
interface Growth {
  readonly warnings: readonly string[];
  /** One sentence where one side grew alone: then no change that was not found is known to be absent. */
  readonly unlike?: string;
}

/**
 * Did latency grow with what the load itself wrote? On one side alone the two no longer hold equal data; on both alike
 * they may share a database, which can't be seen from outside. Says nothing about scripts that only read.
 */
export function judgeGrowth(baseline: RunRecord, candidate: RunRecord): Growth {
  if (!writes(baseline) || !writes(candidate)) return { warnings: [] };
  const others = new Map(candidate.endpoints.map((series) => [series.endpoint, series]));
  const grown = { baseline: [] as string[], candidate: [] as string[], both: [] as string[] };
  for (const series of baseline.endpoints) {
    const other = others.get(series.endpoint);
    const side = other === undefined ? undefined : grownSide(series, other);
    if (side !== undefined) grown[side].push(series.endpoint);
  }
  const alone = (['baseline', 'candidate'] as const)
    .filter((side) => grown[side].length > 0)
    .map(
      (side) => `${listed(grown[side])} got slower from block to block on the ${side} side alone while the load wrote`,
    );
  const ofBoth = `${listed(grown.both)} got slower from block to block on both sides while the load wrote: the data grew, and if both sides share a database, each also slowed the other down`;
  return {
    warnings: [
      ...alone.map(
        (what) => `${what}: its data may have grown more (\`reset-command\` brings both sides into the same state)`,
      ),
      ...(grown.both.length > 0 ? [ofBoth] : []),
    ],
    ...(alone.length > 0 && { unlike: alone.join('; ') }),
  };
}

function writes({ endpoints }: RunRecord): boolean {
  return endpoints.some(({ protocol, method }) => protocol === 'http' && /^(POST|PUT|PATCH|DELETE)$/i.test(method));
}

function grownSide(before: EndpointSeries, after: EndpointSeries): 'baseline' | 'candidate' | 'both' | undefined {
  const [a, b] = [logMedians(before), logMedians(after)];
  const common = [...a.keys()].filter((index) => b.has(index)).sort((x, y) => x - y);
  const [ofBaseline, ofCandidate] = [a, b].map((side) => common.map((index) => side.get(index) as number)) as [
    number[],
    number[],
  ];
  const isRising = (values: readonly number[]) => {
    const { z, change } = rankTrend(values);
    return z >= steadyZ && change >= worthTelling;
  };
  // What the blocks of both sides have in common cancels out in the difference.
  if (isRising(ofCandidate) && isRising(ofCandidate.map((value, i) => value - (ofBaseline[i] as number)))) {
    return 'candidate';
  }
  if (isRising(ofBaseline) && isRising(ofBaseline.map((value, i) => value - (ofCandidate[i] as number)))) {
    return 'baseline';
  }
  return isRising(ofBaseline) && isRising(ofCandidate) ? 'both' : undefined;
}

function logMedians({ blocks }: EndpointSeries): Map<number, number> {
  const busy = blocks.filter(({ latency }) => latency.count >= minRequests);
  return new Map(busy.map(({ index, latency }) => [index, Math.log(quantileMs(latency, 0.5))]));
}

function listed(endpoints: readonly string[]): string {
  const further = endpoints.length - maxNamed;
  return endpoints.slice(0, maxNamed).join(', ') + (further > 0 ? ` and ${further} more` : '');
}
