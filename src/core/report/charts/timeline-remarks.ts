import { median } from '../../stats/sample-moments.ts';
import { formatChange, formatCount } from '../format-quantity.ts';
import type { BlockLevel } from '../model/block-levels.ts';
import type { TimelineBlock } from './timeline-block.ts';

/** A drift is mentioned from here on: 5 %. */
const smallestDrift = Math.log(1.05);

/** Blocks before which a first and a last third mean nothing. */
const fewestBlocks = 6;

/** What the time blocks show: drift, odd blocks, stalls; one sentence that says so where they show nothing. */
export function timelineRemarks(blocks: readonly TimelineBlock[]): string[] {
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
const mostTimes = 4;

function at(blocks: readonly TimedLevel[]): string {
  const times = blocks.slice(0, mostTimes).map(({ start }) => start);
  return ` (at ${times.join(', ')}${blocks.length > mostTimes ? ' …' : ''})`;
}

/** Change of the level from the first third of the run to the last, when it stands out from the blocks' own wobble. */
function driftOf(side: readonly BlockLevel[]): number | undefined {
  const logs = side.flatMap(({ level }) => (level === undefined ? [] : [Math.log1p(level)]));
  if (logs.length < fewestBlocks) return undefined;
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
