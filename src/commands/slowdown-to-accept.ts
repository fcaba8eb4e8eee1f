import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { readReport } from '../adapters/files/read-report.ts';
import { reportPaths } from '../adapters/files/report-files.ts';
import { readRunOrK6File } from '../adapters/k6/output/read-k6-file.ts';
import { acceptedBefore, recordedAs, type SpokenAcceptance, whyNotAcceptable } from '../core/acceptance/accept-run.ts';
import { applyAtMerge, figuresOf } from '../core/acceptance/apply-acceptance.ts';
import type { AcceptedFigure, RunRecord } from '../core/run-record/run-record.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import { GateError } from '../errors.ts';
import { type JudgingPlan, judgeRuns } from '../gate/judge.ts';
import { requireFiles } from './require-files.ts';

/** A run that is slower than the ones before it, and by how much. */
export interface Slowdown {
  readonly record: RunRecord;
  readonly figures: readonly AcceptedFigure[];
}

/**
 * How much slower a stored red run is than the runs before it: judged once more as when it was recorded, since it keeps its
 * latencies and no verdict. Throws `GateError` NOTHING_TO_ACCEPT where that finds nothing.
 */
export function slowdownOfStoredRun(
  record: RunRecord,
  stored: readonly RunRecord[],
  plan: JudgingPlan,
  said: SpokenAcceptance,
): Slowdown {
  const standing = acceptedBefore(record);
  if (standing !== undefined) return { record, figures: standing.figures };
  refuseUnacceptable(record, stored);
  const { quarantined, ...measured } = record;
  const { decided } = judgeRuns(
    { ...plan, mode: 'record' },
    {
      record: measured,
      validity: judgeValidity(measured, { targetWasReady: true }),
      stored: stored.filter(({ startedAt }) => startedAt < record.startedAt),
      warnings: [],
    },
  );
  const { figures } = applyAtMerge(decided, recordedAs(said), []).recorded;
  if (figures.length > 0) return { record, figures };
  throw nothingToAccept(
    `of run ${record.id}, quarantined as ${JSON.stringify(quarantined?.reason ?? '')}, these margins find no regression against the runs before it: ${decided.verdict.detail}`,
    'Give the margins that it was judged with (--max-p95-increase and the like, or --config).',
  );
}

/**
 * The slowdown that a report tells of, and the run that it was measured with, whose record lies beside it. Throws
 * `GateError` where there is no such run or the report found nothing worse.
 */
export async function slowdownOfReport(path: string, stored: readonly RunRecord[]): Promise<Slowdown> {
  await requireFiles({ 'tailgate baseline accept': [path] });
  const { verdict, headline, candidate, rows } = await readReport(path);
  const figures = verdict === 'fail' ? figuresOf(rows) : [];
  if (candidate === undefined || figures.length === 0) {
    throw nothingToAccept(
      `${JSON.stringify(path)} tells of no regression: ${headline}`,
      'Only a run that failed because something got worse can be accepted.',
    );
  }
  const known = stored.find(({ id }) => id === candidate);
  const record = known ?? (await runBeside(path, candidate));
  const standing = acceptedBefore(record);
  if (standing !== undefined) return { record, figures: standing.figures };
  refuseUnacceptable(record, stored);
  return { record, figures };
}

async function runBeside(path: string, id: string): Promise<RunRecord> {
  const { runRecord } = reportPaths(dirname(path));
  const hint = 'Give the report.json in the folder that its job wrote; of a matrix that of each slow job.';
  if (!existsSync(runRecord)) {
    const message = `the run of ${JSON.stringify(path)} is neither stored nor beside it as ${JSON.stringify(runRecord)}`;
    throw new GateError('INPUT_UNREADABLE', message, hint);
  }
  const record = await readRunOrK6File(runRecord);
  if (record.id === id) return record;
  const message = `${JSON.stringify(path)} is about run ${id}, and ${JSON.stringify(runRecord)} beside it is run ${record.id}`;
  throw new GateError('INPUT_UNREADABLE', message, hint);
}

function refuseUnacceptable(record: RunRecord, stored: readonly RunRecord[]): void {
  const whyNot = whyNotAcceptable(record, stored);
  if (whyNot !== undefined)
    throw nothingToAccept(`run ${record.id} can't begin a new level: ${whyNot.why}`, whyNot.hint);
}

function nothingToAccept(message: string, hint: string): GateError {
  return new GateError('NOTHING_TO_ACCEPT', message, hint);
}
