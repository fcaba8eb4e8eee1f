import { toPlainLines } from '../../core/report/escape.ts';
import type { Log } from '../../ports.ts';

/** Progress on stderr, so that standard output holds nothing but the result. Control characters are shown, not sent. */
export function terminalLog(stream: { write(text: string): unknown }, options: { readonly isVerbose: boolean }): Log {
  const write = (prefix: string, message: string) => stream.write(`${prefix}${toPlainLines(message)}\n`);
  return {
    info: (message) => write('', message),
    warn: (message) => write('warning: ', message),
    debug: (message) => {
      if (options.isVerbose) write('debug: ', message);
    },
  };
}
