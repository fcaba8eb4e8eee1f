import type { RunRecord } from '../../run-record/run-record.ts';
import { formatShare, formatSplitTime } from '../format-quantity.ts';
import { type BlockLevel, blockLevels } from '../model/block-levels.ts';
import type { TimelineBlock } from './timeline-block.ts';
import { timelineRemarks } from './timeline-remarks.ts';

/** Did the machine wobble while it measured? The level of all endpoints together, block by block. */
export interface BlockTimeline {
  readonly blockLengthMs: number;
  /** Without gaps from the first to the last block of either side. */
  readonly blocks: readonly TimelineBlock[];
  /** Whether the baseline was measured at the same time. */
  readonly isPaired: boolean;
  /** What is to be seen, in words. */
  readonly remarks: readonly string[];
  /** `No request failed.`, or how many did. */
  readonly failures: string;
  readonly hasFailures: boolean;
}

/** Undefined for runs too short to show any course. */
export function blockTimeline(
  candidate: RunRecord,
  baseline: readonly RunRecord[],
  isPaired: boolean,
): BlockTimeline | undefined {
  const [pair] = baseline;
  const sides = { candidate: blockLevels(candidate), baseline: isPaired && pair ? blockLevels(pair) : undefined };
  const usual = isPaired ? [] : baseline.map(blockLevels);
  const length = Math.max(sides.candidate.length, sides.baseline?.length ?? 0);
  if (length < 3) return undefined;
  const blocks = Array.from({ length }, (_, index): TimelineBlock => {
    const ofCandidate = sides.candidate[index] ?? silent;
    const ofBaseline = sides.baseline && (sides.baseline[index] ?? silent);
    const range = rangeOf(usual.flatMap((levels) => levels[index]?.level ?? []));
    return {
      index,
      start: formatSplitTime(index * candidate.blockLengthMs),
      candidate: ofCandidate,
      ...(ofBaseline && { baseline: ofBaseline }),
      ...(range && { usual: range }),
      remark: [
        ...(ofBaseline ? remarksOn(ofBaseline, 'baseline ') : []),
        ...remarksOn(ofCandidate, ofBaseline ? 'candidate ' : ''),
      ].join('; '),
    };
  });
  const all = blocks.flatMap((block) => [block.candidate, ...(block.baseline ? [block.baseline] : [])]);
  return {
    blockLengthMs: candidate.blockLengthMs,
    blocks,
    isPaired,
    remarks: timelineRemarks(blocks),
    failures: failuresText(blocks),
    hasFailures: all.some((side) => side.failed > 0),
  };
}

const silent: BlockLevel = { requests: 0, failed: 0, isOutlier: false, isShort: true, levelText: '–' };

function remarksOn(side: BlockLevel, who: string): string[] {
  if (side.requests === 0) return [`${who}made no request`];
  return [
    ...(side.isShort ? [`${who}made few requests`] : []),
    ...(side.isOutlier ? [`${who}${side.levelText}`] : []),
    ...(side.failed > 0 ? [`${who}${side.failed} failed`] : []),
  ];
}

function rangeOf(levels: readonly number[]): readonly [number, number] | undefined {
  return levels.length < 2 ? undefined : [Math.min(...levels), Math.max(...levels)];
}

function failuresText(blocks: readonly TimelineBlock[]): string {
  const candidate = total(blocks.map((block) => block.candidate));
  if (blocks[0]?.baseline === undefined) return `${sentence(candidate)}.`;
  const baseline = total(blocks.flatMap((block) => block.baseline ?? []));
  if (candidate.failed + baseline.failed === 0) return 'No request failed on either side.';
  return `Baseline: ${sentence(baseline)}. Candidate: ${sentence(candidate)}.`;
}

function total(sides: readonly BlockLevel[]): { failed: number; requests: number } {
  return {
    failed: sides.reduce((sum, side) => sum + side.failed, 0),
    requests: sides.reduce((sum, side) => sum + side.requests, 0),
  };
}

function sentence({ failed, requests }: { readonly failed: number; readonly requests: number }): string {
  if (failed === 0) return `none of ${requests} requests failed`.replace(/^n/, 'N');
  return `${failed} of ${requests} requests failed (${formatShare(failed / requests)})`;
}
