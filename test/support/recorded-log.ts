import type { Log } from '../../src/ports.ts';

export interface RecordedLog extends Log {
  /** `level: message`, in order. */
  readonly lines: string[];
}

export function recordedLog(): RecordedLog {
  const lines: string[] = [];
  return {
    lines,
    info: (message) => void lines.push(`info: ${message}`),
    warn: (message) => void lines.push(`warn: ${message}`),
    debug: (message) => void lines.push(`debug: ${message}`),
  };
}
