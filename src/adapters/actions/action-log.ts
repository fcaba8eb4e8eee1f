import { debug, info, warning } from '@actions/core';
import { guardWorkflowCommands } from '../../core/report/escape.ts';
import type { Log } from '../../ports.ts';

/**
 * Progress in the runner's log. Warnings and debug lines go through the toolkit's own escaping; plain lines are guarded
 * here, since the runner reads a command from any line that looks like one.
 */
export const actionLog: Log = {
  info: (message) => info(guardWorkflowCommands(message.replaceAll('\r', ' '))),
  warn: (message) => warning(message),
  debug: (message) => debug(message),
};
