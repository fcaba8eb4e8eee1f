import type { RunRecord } from '../../run-record/run-record.ts';
import { LatencySketch, quantileMs } from '../../sketch/latency-sketch.ts';
import { median } from '../../stats/sample-moments.ts';
import { formatChange, formatSplitTime } from '../format-quantity.ts';
import { type Cell, clausesCell, columns, emptyCell, msCell, nameCell, type Table, wordsCell } from './table.ts';

/** A share of failed requests so far above the side's middle block is no part of a constant error rate. */
const oddFailures = 0.2;

/** A block with so many times the usual requests holds more than its own time: a stall before it, or a clock set back. */
const crowded = 1.5;

/** The time blocks of a duet in which a side stood still, slowed down or failed, with the reason; most have none. */
export function oddBlocksTable(baseline: RunRecord, candidate: RunRecord): Table {
  const sides = { baseline: blockFigures(baseline), candidate: blockFigures(candidate) };
  const length = Math.max(sides.baseline.length, sides.candidate.length);
  const rows = Array.from({ length }, (_, index) => {
    const [before, after] = [sides.baseline[index] ?? silent, sides.candidate[index] ?? silent];
    const isCrowded = before.isCrowded !== after.isCrowded;
    const oddities = [...odditiesOf('baseline', before, isCrowded), ...odditiesOf('candidate', after, isCrowded)];
    const cells: readonly Cell[] = [
      nameCell(formatSplitTime(candidate.warmUpMs + index * candidate.blockLengthMs)),
      ...[
        wordsCell(String(before.requests)),
        wordsCell(String(after.requests)),
        before.p95,
        after.p95,
        clausesCell(oddities),
      ],
    ];
    return oddities.length === 0 ? [] : [cells];
  });
  return {
    id: 'odd-blocks',
    title: 'Time blocks that stand out',
    columns: [
      ...columns('from', 'baseline requests', 'candidate requests', 'baseline p95', 'candidate p95'),
      { id: 'why', label: 'what is odd' },
    ],
    rows: rows.flat(),
  };
}

interface BlockFigures extends BlockLevel {
  readonly p95: Cell;
  readonly isCrowded: boolean;
  readonly hasOddFailures: boolean;
}

const silent: BlockFigures = {
  requests: 0,
  failed: 0,
  levelText: '–',
  isOutlier: false,
  isShort: true,
  p95: emptyCell,
  isCrowded: false,
  hasOddFailures: false,
};

function blockFigures(record: RunRecord): BlockFigures[] {
  const levels = blockLevels(record);
  const busy = levels.filter(({ requests }) => requests > 0);
  const usualRequests = median(busy.map(({ requests }) => requests));
  const usualFailures = median(busy.map(({ failed, requests }) => failed / requests));
  return levels.map((level, index) => ({
    ...level,
    p95: p95Of(record, index),
    isCrowded: level.requests > crowded * usualRequests,
    hasOddFailures: level.requests > 0 && level.failed / level.requests > usualFailures + oddFailures,
  }));
}

/** Over all endpoints together: what a reader compares is the two sides of one block. */
function p95Of(record: RunRecord, index: number): Cell {
  const sketches = record.endpoints.flatMap((series) =>
    series.blocks.filter((block) => block.index === index).map((block) => block.latency),
  );
  const all = LatencySketch.merged(sketches);
  return all.count === 0 ? emptyCell : msCell(all.quantile(0.95));
}

function odditiesOf(side: string, figures: BlockFigures, isCrowdedAlone: boolean): string[] {
  const { requests, failed, levelText } = figures;
  if (requests === 0) return [`${side} made no request`];
  return [
    ...(figures.isShort ? [`${side} made few requests`] : []),
    ...(isCrowdedAlone && figures.isCrowded ? [`${side} made many requests`] : []),
    ...(figures.isOutlier ? [`${side} ${levelText} against its other blocks`] : []),
    ...(figures.hasOddFailures ? [`${side} failed ${failed} of ${requests}`] : []),
  ];
}

/** One time block of one run, all endpoints together. */
export interface BlockLevel {
  readonly requests: number;
  readonly failed: number;
  /**
   * Typical latency relative to the run's own: 0.1 = 10 % slower than in the middle block. The mean over endpoints of
   * the logarithm of their medians, by requests, so that the mix of endpoints doesn't matter. Absent in a block with
   * too few requests.
   */
  readonly level?: number;
  /** `+12 %`. */
  readonly levelText: string;
  /** Far from the run's other blocks. */
  readonly isOutlier: boolean;
  /** Less than half as many requests as in the middle block. */
  readonly isShort: boolean;
}

/** Fewer requests than this have no median worth showing. */
const minRequests = 5;

/** A block is odd from here on, however steady the others are. */
const smallestOddity = Math.log(1.15);

/** And from so many times the usual distance from the middle (a standard deviation is about 1.5 of them). */
const oddDistances = 6;

/** The blocks of `record` from the first on, gaps filled with empty ones. */
export function blockLevels(record: RunRecord): BlockLevel[] {
  const length = 1 + Math.max(-1, ...record.endpoints.flatMap((series) => series.blocks.map((block) => block.index)));
  const logs = Array.from({ length }, () => ({ sum: 0, weight: 0, requests: 0, failed: 0 }));
  for (const series of record.endpoints) {
    const medians = series.blocks.map(({ latency }) =>
      latency.count >= minRequests ? Math.log(quantileMs(latency, 0.5)) : undefined,
    );
    const typical = median(medians.filter((value) => value !== undefined));
    for (const [i, block] of series.blocks.entries()) {
      const sums = logs[block.index];
      const log = medians[i];
      if (sums === undefined) continue;
      sums.requests += block.latency.count + block.failedRequests;
      sums.failed += block.failedRequests;
      if (log === undefined) continue;
      sums.sum += (log - typical) * block.latency.count;
      sums.weight += block.latency.count;
    }
  }
  return toLevels(logs);
}

interface BlockSums {
  readonly sum: number;
  readonly weight: number;
  readonly requests: number;
  readonly failed: number;
}

function toLevels(blocks: readonly BlockSums[]): BlockLevel[] {
  const levels = blocks.map(({ sum, weight }) => (weight > 0 ? sum / weight : undefined));
  const known = levels.filter((level) => level !== undefined);
  const middle = median(known);
  const usualDistance = median(known.map((level) => Math.abs(level - middle)));
  const usualRequests = median(blocks.filter((block) => block.requests > 0).map((block) => block.requests));
  return blocks.map(({ requests, failed }, i) => {
    const log = levels[i];
    const level = log === undefined ? undefined : Math.expm1(log - middle);
    // The last block is seldom whole.
    const isLast = i === blocks.length - 1;
    return {
      requests,
      failed,
      ...(level !== undefined && { level }),
      levelText: level === undefined ? '–' : formatChange(level),
      isOutlier: log !== undefined && Math.abs(log - middle) > Math.max(smallestOddity, oddDistances * usualDistance),
      isShort: requests < usualRequests / 2 && !(isLast && requests > 0),
    };
  });
}
