import type { RunRecord } from '../run-record/run-record.ts';
import { lastBlockOf } from './dead-blocks.ts';
import type { Validity } from './validity.ts';

/** From this share of the blocks on, what is left is another measurement than the one that was planned. */
const missingShare = 1 / 3;

interface MissingBlocks {
  /** How many blocks each side lacks that the other has. */
  readonly lacking: { readonly baseline: number; readonly candidate: number };
  readonly refusal?: Exclude<Validity, { kind: 'valid' }>;
  readonly warnings: readonly string[];
}

/** Blocks that one side lacks while both run: they are in no pair, and too many of them leave too little to judge. */
export function missingBlocks(baseline: RunRecord, candidate: RunRecord): MissingBlocks {
  const endBlock = Math.min(lastBlockOf(baseline), lastBlockOf(candidate)) + 1;
  const before = busyBlocks(baseline, endBlock);
  const after = busyBlocks(candidate, endBlock);
  const all = new Set([...before, ...after]).size;
  const lacking = { baseline: countMissing(after, before), candidate: countMissing(before, after) };
  const missing = lacking.baseline + lacking.candidate;
  if (missing === 0) return { lacking, warnings: [] };
  const counts = (['baseline', 'candidate'] as const)
    .filter((side) => lacking[side] > 0)
    .map((side) => `${lacking[side]} on the ${side} side`);
  const detail = `${missing} of ${all} time blocks lack every request on one side (${counts.join(', ')})`;
  if (missing <= missingShare * all) return { lacking, warnings: [`${detail}; they are left out of the pairs`] };
  return {
    lacking,
    warnings: [],
    refusal: {
      kind: 'invalid',
      reason: 'cut-short',
      detail: `${detail}, which leaves too little to compare`,
      hint: 'See why that side stood still: a target that hangs, a machine that is overloaded, a clock that was set.',
    },
  };
}

function countMissing(present: ReadonlySet<number>, lacking: ReadonlySet<number>): number {
  return [...present].filter((index) => !lacking.has(index)).length;
}

/** Blocks with at least one request. */
function busyBlocks(record: RunRecord, endBlock: number): Set<number> {
  const blocks = record.endpoints.flatMap((series) => series.blocks);
  const busy = blocks.filter((block) => block.index < endBlock && block.latency.count + block.failedRequests > 0);
  return new Set(busy.map((block) => block.index));
}
