import type { BlockRange } from './block-series.ts';
import type { RunRecord } from './run-record.ts';

/** The part of a run between two blocks, as a run of its own whose first block is 0. */
export function recordBetween(record: RunRecord, { first, end }: BlockRange): RunRecord {
  const within = <T extends { readonly index: number }>(blocks: readonly T[]): T[] =>
    blocks
      .filter(({ index }) => index >= first && index < end)
      .map((block) => ({ ...block, index: block.index - first }));
  return {
    ...record,
    id: `${record.id} ${first}-${end}`,
    endpoints: record.endpoints.map((series) => ({ ...series, blocks: within(series.blocks) })),
    checks: record.checks.map((series) => ({ ...series, blocks: within(series.blocks) })),
    metrics: record.metrics.map((series) =>
      series.kind === 'trend'
        ? { ...series, blocks: within(series.blocks) }
        : { ...series, blocks: within(series.blocks) },
    ),
  };
}
