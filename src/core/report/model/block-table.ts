import type { RunRecord } from '../../run-record/run-record.ts';
import { LatencySketch } from '../../sketch/latency-sketch.ts';
import { median } from '../../stats/sample-moments.ts';
import { formatSplitTime } from '../format-quantity.ts';
import { type BlockLevel, blockLevels } from './block-levels.ts';
import { type Cell, clauses, columns, ms, name, none, type Table, words } from './table.ts';

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
      name(formatSplitTime(candidate.warmUpMs + index * candidate.blockLengthMs)),
      ...[words(String(before.requests)), words(String(after.requests)), before.p95, after.p95, clauses(oddities)],
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
  p95: none,
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
  return all.count === 0 ? none : ms(all.quantile(0.95));
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
