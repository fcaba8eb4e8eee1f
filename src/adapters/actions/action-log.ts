import { debug, info, warning } from '@actions/core';
import type { Log } from '../../ports.ts';

/**
 * Progress in the runner's log. `warning` goes through the toolkit's own escaping; plain lines are guarded here, since
 * the runner reads commands from any line that begins with `::`.
 */
export const actionLog: Log = {
  info: (message) => info(guardCommands(message)),
  warn: (message) => warning(message),
  debug: (message) => debug(message),
};

/** A zero-width space before `::` and `##[` keeps text from k6 and from scripts from being read as a workflow command. */
export function guardCommands(text: string): string {
  return text.replaceAll(/\r/g, ' ').replaceAll(/^(\s*)(::|##\[)/gm, '$1\u200b$2');
}
