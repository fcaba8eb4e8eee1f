import type { PrintedCommand } from './printed-command.ts';

/**
 * Every way in which the gate itself can break. A verdict, a warning or a conflict is never one of these: those are
 * values. Each code has a heading of the same name in `docs/troubleshooting.md` (a test holds the two together).
 */
export type GateErrorCode =
  | 'CONFIG_INVALID'
  | 'SCRIPT_NOT_FOUND'
  | 'SCRIPT_READS_REMOVED_VARIABLE'
  | 'K6_NOT_FOUND'
  | 'K6_UNUSABLE'
  | 'K6_DOWNLOAD_FAILED'
  | 'K6_CHECKSUM_MISMATCH'
  | 'K6_BUILD_FAILED'
  | 'INPUT_UNREADABLE'
  | 'RECORD_INVALID'
  | 'RECORD_FROM_THE_FUTURE'
  | 'RECORD_OF_OTHER_RUN'
  | 'STORE_UNREADABLE'
  | 'STORE_WRITE_FAILED'
  | 'STORE_PROTECTED'
  | 'NOTHING_TO_ACCEPT'
  | 'GITHUB_REFUSED'
  | 'GITHUB_UNREACHABLE'
  | 'SCRIPT_NOT_TRUSTED'
  | 'OUTPUT_WRITE_FAILED'
  | 'NODE_TOO_OLD';

/** 2: wrong usage or configuration. 3: could not measure or compare. */
export type FailureExitCode = 2 | 3;

const exitCodes: Record<GateErrorCode, FailureExitCode> = {
  CONFIG_INVALID: 2,
  SCRIPT_NOT_FOUND: 2,
  SCRIPT_READS_REMOVED_VARIABLE: 2,
  K6_NOT_FOUND: 3,
  K6_UNUSABLE: 3,
  K6_DOWNLOAD_FAILED: 3,
  K6_CHECKSUM_MISMATCH: 3,
  K6_BUILD_FAILED: 3,
  INPUT_UNREADABLE: 3,
  RECORD_INVALID: 3,
  RECORD_FROM_THE_FUTURE: 3,
  RECORD_OF_OTHER_RUN: 3,
  STORE_UNREADABLE: 3,
  STORE_WRITE_FAILED: 3,
  STORE_PROTECTED: 3,
  NOTHING_TO_ACCEPT: 2,
  GITHUB_REFUSED: 3,
  GITHUB_UNREACHABLE: 3,
  SCRIPT_NOT_TRUSTED: 2,
  OUTPUT_WRITE_FAILED: 3,
  NODE_TOO_OLD: 2,
};

/** A broken gate: what happened (with the offending value), what to change, and the underlying error if there was one. */
export class GateError extends Error {
  readonly code: GateErrorCode;
  readonly hint: string;
  /** What the hint ends with, to be pasted. */
  readonly command: PrintedCommand | undefined;

  constructor(code: GateErrorCode, message: string, hint: string, cause?: unknown, command?: PrintedCommand) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GateError';
    this.code = code;
    this.hint = hint;
    this.command = command;
  }

  get exitCode(): FailureExitCode {
    return exitCodes[this.code];
  }
}

/** What went wrong, in whole sentences: with what to change, where the gate knows. */
export function explain(error: unknown): string {
  if (error instanceof GateError) return `${error.message}. ${error.hint}`;
  return error instanceof Error ? `${error.message}.` : `${String(error)}.`;
}

/** Is `error` what Node's file system throws with this code, such as `ENOENT`? */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
