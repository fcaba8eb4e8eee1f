import type { Finished } from '../spawn-and-wait.ts';

/** What a workflow came to. */
export interface ActRun {
  /** 0 when every job went well. */
  readonly code: number | null;
  /** All that its steps printed, and act itself. */
  readonly log: string;
  /** Outcome by job id: success or failure; a skipped job is absent. With a matrix, the worst. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Outputs by job id and step id. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly durationMs: number;
}

interface Line {
  readonly msg: string;
  readonly jobID?: string;
  readonly jobResult?: string;
  readonly stepID?: readonly string[];
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
}

/** Reads the lines that `act --json` writes. */
export function readActLog({ code, stdout, stderr, durationMs }: Finished): ActRun {
  const lines = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
  const jobs: Record<string, string> = {};
  const outputs: Record<string, Record<string, string>> = {};
  for (const { jobID = '', jobResult, stepID = [], command, name, arg } of lines) {
    if (jobResult !== undefined && jobs[jobID] !== 'failure') jobs[jobID] = jobResult;
    if (command !== 'set-output' || name === undefined) continue;
    const key = `${jobID}.${stepID.at(-1) ?? ''}`;
    outputs[key] = { ...outputs[key], [name]: arg ?? '' };
  }
  return { code, log: [...lines.map(({ msg }) => msg.trimEnd()), stderr].join('\n'), jobs, outputs, durationMs };
}
