import type { Log } from '../../src/ports.ts';
import { keptOutput } from './kept-output.ts';

export interface RecordedLog extends Log {
  /** `level: message`, in order. */
  readonly lines: string[];
}

export function recordedLog(): RecordedLog {
  const lines: string[] = [];
  const record = (level: keyof Log) => (message: string) => {
    lines.push(`${level}: ${message}`);
    keptOutput('log', message);
  };
  return { lines, info: record('info'), warn: record('warn'), debug: record('debug') };
}
