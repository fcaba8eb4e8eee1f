import type { PreparedTarget } from '../run/prepare-target.ts';
import type { ScriptRun } from '../run/run-script.ts';
import type { DuetSide, RoundBlocks } from './duet-side.ts';

export interface SidePlace {
  readonly side: DuetSide;
  readonly place: PreparedTarget;
}

export interface RoundSetting {
  readonly script: number;
  readonly label: string | undefined;
  readonly blocks: RoundBlocks;
  readonly warmUpMs: number;
  readonly blockLengthMs: number;
  /** Told how many blocks are complete on every side, whenever there are more. */
  readonly onBlocks: (complete: number) => 'go-on' | 'stop';
}

const lookEveryMs = 250;

/** How long one side may go on when the other has ended: scripts limited by iterations don't end together. */
const aloneMs = 2_000;

/**
 * One round in which both sides run at once. The clock of the blocks starts with the later of the two first requests, so
 * that both are warm and neither is alone; it ends when all blocks are there, when `onBlocks` says so, or when a script
 * ends. Resolves to the number of complete blocks, counted over the whole duet.
 */
export async function runConcurrentRound(places: readonly SidePlace[], round: RoundSetting): Promise<number> {
  const enough = new AbortController();
  const { firstBlock, endBlock } = round.blocks;
  let originMs: number | undefined;
  let complete = firstBlock;
  let isDecided = false;
  const begin = () => {
    const starts = places.map(({ side }) => side.firstStartMs);
    if (originMs !== undefined || starts.some((start) => start === undefined)) return;
    originMs = Math.round(Math.max(...(starts as number[])));
    for (const { side } of places) side.startClock(originMs, round.blocks);
  };
  const completeUntil = (ms: number) =>
    originMs === undefined
      ? firstBlock
      : Math.min(endBlock, firstBlock + Math.floor((ms - originMs - round.warmUpMs) / round.blockLengthMs));
  const look = (untilMs: number) => {
    const now = completeUntil(untilMs);
    if (isDecided || now <= complete) return;
    complete = now;
    isDecided = round.onBlocks(complete) === 'stop';
    if (isDecided || complete >= endBlock) enough.abort();
  };
  const watch = setInterval(() => look(Math.min(...places.map(({ side }) => side.settledMs))), lookEveryMs);
  const timers: NodeJS.Timeout[] = [];
  const runs = places.map(async ({ side, place }): Promise<ScriptRun> => {
    const run = await side.run(place, round.script, { label: round.label, enough: enough.signal, onBegin: begin });
    timers.push(setTimeout(() => enough.abort(), aloneMs));
    return run;
  });
  try {
    await Promise.all(runs);
  } finally {
    clearInterval(watch);
    for (const timer of timers) clearTimeout(timer);
  }
  look(Math.min(...places.map(({ side }) => side.newestMs)));
  return complete;
}

const checkEveryMs = 100;

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
    }, checkEveryMs);
    const run = await side
      .run(place, round.script, { label: round.label, enough: enough.signal, onBegin: begin })
      .finally(() => clearInterval(watch));
    if (run.exit.class !== 'ran' || !enough.signal.aborted) return firstBlock;
  }
  round.onBlocks(endBlock);
  return endBlock;
}
