import { clearScreenDown, moveCursor } from 'node:readline';
import type { WriteStream } from 'node:tty';
import type { ComparisonResult } from '../../core/comparison/comparison-result.ts';
import { standingLine, standingLines } from '../../core/report/render/duet-standing.ts';
import type { DuetProgress, DuetState, Log } from '../../ports.ts';

/** A view that is drawn over itself, and the stream on which everything else has to be written while it is there. */
export interface DuetView {
  readonly progress: DuetProgress;
  /** Writes above the view. */
  readonly stream: { write(text: string): void };
}

/** Draws a duet at the bottom of a terminal: time, pairs, and per endpoint the change with its interval. */
export function duetView(terminal: WriteStream, now: () => number): DuetView {
  let startedMs = Number.NaN;
  let state: DuetState | undefined;
  let known: { readonly pairs: number; readonly result: ComparisonResult } | undefined;
  let drawnLines = 0;
  const erase = () => {
    if (drawnLines > 0) moveCursor(terminal, -terminal.columns, -drawnLines);
    if (drawnLines > 0) clearScreenDown(terminal);
    drawnLines = 0;
  };
  const draw = () => {
    if (state === undefined) return;
    const { setup, pairs, look } = state;
    if (look.pairs > 0 && known?.pairs !== look.pairs) known = { pairs: look.pairs, result: state.result() };
    const standing = { elapsedMs: now() - startedMs, pairs, plannedPairs: setup.plannedPairs };
    // A line that the terminal breaks would count as two.
    const width = terminal.columns - 1;
    const lines = standingLines({ ...standing, result: known?.result }, width).map((line) => line.slice(0, width));
    erase();
    terminal.write(`${lines.join('\n')}\n`);
    drawnLines = lines.length;
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    progress: {
      show(next) {
        if (state === undefined) startedMs = now() - next.pairs * next.setup.blockLengthMs;
        state = next;
        timer ??= setInterval(draw, 1_000);
        draw();
      },
      end() {
        clearInterval(timer);
        timer = undefined;
        erase();
        state = undefined;
      },
    },
    stream: {
      write(text) {
        erase();
        terminal.write(text);
        draw();
      },
    },
  };
}

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
