import type { Writable } from 'node:stream';
import type { Log } from '../../ports.ts';

/** Progress on stderr, so that standard output holds nothing but the result. Control characters are shown, not sent. */
export function terminalLog(stream: Writable, options: { readonly isVerbose: boolean }): Log {
  const write = (prefix: string, message: string) => stream.write(`${prefix}${visible(message)}\n`);
  return {
    info: (message) => write('', message),
    warn: (message) => write('warning: ', message),
    debug: (message) => {
      if (options.isVerbose) write('debug: ', message);
    },
  };
}

/** Escape sequences in names and k6's own output must not drive the reader's terminal. */
function visible(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
