import type { RunRecord } from '../../run-record/run-record.ts';
import { median } from '../../stats/sample-moments.ts';
import { formatChange, formatCount, formatShare, formatSplitTime } from '../format-quantity.ts';
import { type BlockLevel, blockLevels } from '../model/block-table.ts';

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

/** One time block of a run as a reader sees it. */
export interface TimelineBlock {
  readonly index: number;
  /** Time since the warm-up ended: `1:05`. */
  readonly start: string;
  readonly candidate: BlockLevel;
  /** Only where both sides were measured at once. */
  readonly baseline?: BlockLevel;
  /** Lowest and highest level of the stored runs at the same time of the run. */
  readonly usual?: readonly [lowest: number, highest: number];
  /** What is odd about it; empty for most blocks. */
  readonly remark: string;
}

/** A drift is mentioned from here on: 5 %. */
const smallestDrift = Math.log(1.05);

/** Blocks before which a first and a last third mean nothing. */
const minBlocks = 6;

/** What the time blocks show: drift, odd blocks, stalls; one sentence that says so where they show nothing. */
function timelineRemarks(blocks: readonly TimelineBlock[]): string[] {
  const candidate = blocks.map(({ candidate: level, start }) => ({ ...level, start }));
  const baseline = blocks.flatMap(({ baseline: level, start }) => (level ? [{ ...level, start }] : []));
  const isPaired = baseline.length > 0;
  const remarks = [
    ...sideRemarks(candidate, isPaired ? 'On the candidate' : ''),
    ...(isPaired ? sideRemarks(baseline, 'On the baseline') : []),
  ];
  return remarks.length > 0 ? remarks : ['No drift, no odd block, no gap.'];
}

interface TimedLevel extends BlockLevel {
  readonly start: string;
}

function sideRemarks(side: readonly TimedLevel[], where: string): string[] {
  const drift = driftOf(side);
  const outliers = side.filter((block) => block.isOutlier);
  const gaps = side.filter((block) => block.isShort);
  const remarks = [
    ...(drift === undefined ? [] : [`the last third was ${formatChange(drift)} against the first`]),
    ...(outliers.length === 0 ? [] : [`${formatCount(outliers.length, 'block')} far from the others${at(outliers)}`]),
    ...(gaps.length === 0 ? [] : [`${formatCount(gaps.length, 'block')} with few requests or none${at(gaps)}`]),
  ];
  if (remarks.length === 0) return [];
  const text = `${where === '' ? '' : `${where} `}${remarks.join(', ')}.`;
  return [`${text.charAt(0).toUpperCase()}${text.slice(1)}`];
}

/** Blocks whose times are named. */
const maxTimes = 4;

function at(blocks: readonly TimedLevel[]): string {
  const times = blocks.slice(0, maxTimes).map(({ start }) => start);
  return ` (at ${times.join(', ')}${blocks.length > maxTimes ? ' …' : ''})`;
}

/** Change of the level from the first third of the run to the last, when it stands out from the blocks' own wobble. */
function driftOf(side: readonly BlockLevel[]): number | undefined {
  const logs = side.flatMap(({ level }) => (level === undefined ? [] : [Math.log1p(level)]));
  if (logs.length < minBlocks) return undefined;
  const third = Math.floor(logs.length / 3);
  const [first, last] = [logs.slice(0, third), logs.slice(-third)];
  const drift = median(last) - median(first);
  const wobble = Math.max(distanceFromMiddle(first), distanceFromMiddle(last));
  return Math.abs(drift) > Math.max(smallestDrift, (6 * wobble) / Math.sqrt(third)) ? Math.expm1(drift) : undefined;
}

function distanceFromMiddle(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}
