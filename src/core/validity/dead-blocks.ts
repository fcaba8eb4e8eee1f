import type { EndpointBlock, RunRecord } from '../run-record/run-record.ts';

/** Where a run ends without an answer: all requests from a time block on failed, or none came to its end. */
export interface DeadTail {
  /** The first block without a success. */
  readonly fromBlock: number;
  /** Time blocks from there to the end. */
  readonly blocks: number;
  readonly failedRequests: number;
}

/**
 * The blocks at the end of `record` in which nothing succeeded, when earlier ones did; undefined when the last one still
 * did. `endBlock` is where the run was to end, for one whose last requests never came back.
 */
export function deadTailOf(
  record: Pick<RunRecord, 'endpoints'>,
  endBlock = lastBlockOf(record) + 1,
): DeadTail | undefined {
  const lastAlive = lastBlockWhere(record, (block) => block.latency.count > 0);
  if (lastAlive < 0 || endBlock - 1 <= lastAlive) return undefined;
  let failedRequests = 0;
  for (const { blocks } of record.endpoints) {
    for (const block of blocks) if (block.index > lastAlive) failedRequests += block.failedRequests;
  }
  return { fromBlock: lastAlive + 1, blocks: endBlock - 1 - lastAlive, failedRequests };
}

/** -1 for a run without requests. */
export function lastBlockOf(record: Pick<RunRecord, 'endpoints'>): number {
  return lastBlockWhere(record, () => true);
}

/** Asked at every look of a duet, so it makes no list of all blocks. */
function lastBlockWhere(record: Pick<RunRecord, 'endpoints'>, isMeant: (block: EndpointBlock) => boolean): number {
  let last = -1;
  for (const { blocks } of record.endpoints) {
    for (const block of blocks) if (block.index > last && isMeant(block)) last = block.index;
  }
  return last;
}

/** When a time block began, as people read it: `25 s` from the start of the load. */
export function blockStart(record: Pick<RunRecord, 'warmUpMs' | 'blockLengthMs'>, block: number): string {
  const ms = record.warmUpMs + block * record.blockLengthMs;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
