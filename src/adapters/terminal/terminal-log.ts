import type { Writable } from 'node:stream';
import { toPlainText } from '../../core/report/escape.ts';
import type { Log } from '../../ports.ts';

const longestLine = 2000;

/** Progress on stderr, so that standard output holds nothing but the result. Control characters are shown, not sent. */
export function terminalLog(stream: Writable, options: { readonly isVerbose: boolean }): Log {
  const write = (prefix: string, message: string) => stream.write(`${prefix}${visibleLines(message)}\n`);
  return {
    info: (message) => write('', message),
    warn: (message) => write('warning: ', message),
    debug: (message) => {
      if (options.isVerbose) write('debug: ', message);
    },
  };
}

/** Escape sequences in names and in k6's own output must not drive the reader's terminal. */
export function visibleLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => toPlainText(line, longestLine))
    .join('\n');
}
