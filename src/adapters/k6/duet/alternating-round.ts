import type { RoundSetting, SidePlace } from './concurrent-round.ts';

const lookEveryMs = 100;

/**
 * One pair of an alternating duet: each side runs alone for its warm-up and one block, in the order given. Resolves to the
 * number of complete pairs; the pair doesn't count when one side's script ended before its block was full.
 */
export async function runAlternatingRound(places: readonly SidePlace[], round: RoundSetting): Promise<number> {
  const { firstBlock, endBlock } = round.blocks;
  for (const { side, place } of places) {
    const enough = new AbortController();
    let endMs = Number.POSITIVE_INFINITY;
    const begin = () => {
      const originMs = Math.round(side.firstStartMs ?? Number.NaN);
      endMs = originMs + round.warmUpMs + round.blockLengthMs;
      side.startClock(originMs, round.blocks);
    };
    const watch = setInterval(() => {
      if (side.settledMs >= endMs) enough.abort();
    }, lookEveryMs);
    const run = await side
      .run(place, round.script, { label: round.label, enough: enough.signal, onBegin: begin })
      .finally(() => clearInterval(watch));
    if (run.exit.class !== 'ran' || !enough.signal.aborted) return firstBlock;
  }
  round.onBlocks(endBlock);
  return endBlock;
}
