import { standingLine } from '../../core/report/render/duet-standing.ts';
import type { DuetProgress, Log } from '../../ports.ts';

const everyMs = 15_000;

/** How a duet stands, as a line now and then: for logs, where nothing can be drawn over. */
export function duetLines(log: Log, now: () => number): DuetProgress {
  let startedMs: number | undefined;
  let toldMs = 0;
  return {
    show({ setup, pairs, look, result }) {
      const nowMs = now();
      startedMs ??= nowMs - pairs * setup.blockLengthMs;
      if (nowMs - toldMs < everyMs) return;
      toldMs = nowMs;
      const standing = { elapsedMs: nowMs - startedMs, pairs, plannedPairs: setup.plannedPairs };
      log.info(standingLine({ ...standing, result: look.pairs > 0 ? result() : undefined }));
    },
    end() {},
  };
}
