import type { DuetProgress, DuetState, Log } from '../../ports.ts';

const everyMs = 15_000;

/** How a duet stands, as a line now and then: for logs, where nothing can be drawn over. */
export function duetLines(log: Log, now: () => number): DuetProgress {
  const startedMs = now();
  let toldMs = startedMs;
  return {
    show(state) {
      if (now() - toldMs < everyMs) return;
      toldMs = now();
      log.info(lineOf(state, toldMs - startedMs));
    },
    end() {},
  };
}

function lineOf({ setup, pairs, look }: DuetState, elapsedMs: number): string {
  const seconds = `${Math.round(elapsedMs / 1000)} s`;
  const found = look.regressed.length === 0 ? 'nothing sure yet' : `${look.regressed.length} regressed`;
  return `${seconds}: ${pairs} of ${setup.plannedPairs} pairs, ${found}`;
}
