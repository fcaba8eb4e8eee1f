import type { BlockLevel } from '../model/block-levels.ts';

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
