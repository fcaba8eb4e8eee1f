import { type MeasuredJob, stripUntrustedText } from '../core/joining/measured-job.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { judgeRecordOrigin } from '../core/platform/record-origin.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { GateError } from '../errors.ts';
import type { JobReader } from '../ports.ts';
import { conclude, type GateResult, type World } from './gate.ts';
import { type JobsPlan, judgeJobs } from './judge-jobs.ts';

/** What a job that decides needs beside the world of every gate. */
export interface DecidingWorld extends World {
  /** What the gates of other jobs measured. */
  readonly reports: JobReader;
  /** Further runs of the one candidate; absent where nobody measured it again. */
  readonly furtherRuns?: JobReader;
  /** Absent on a developer's machine: then the files are whatever their owner says. */
  readonly event?: PlatformEvent;
}

/**
 * Decides and reports from what other jobs measured, without any load: read the runs, see whether they are about this
 * commit, load the baseline, judge, ask whether it was accepted, report. Verdicts and sentences in an artifact count for
 * nothing; a stranger's runs are told in the template's words only.
 */
export async function runDecision(plan: JobsPlan, world: DecidingWorld): Promise<GateResult> {
  const { reports, furtherRuns, event, store, narrator, ...rest } = world;
  const jobs = await readTrusted(reports, event);
  const further = furtherRuns === undefined ? [] : await readTrusted(furtherRuns, event);
  const stored = await store.list();
  const judged = judgeJobs(plan, {
    jobs,
    furtherRuns: further.flatMap(({ records }) => records),
    stored: stored.records,
    storeLabel: store.label,
    ...(stored.choice !== undefined && { baselineChoice: stored.choice }),
    warnings: [...stored.warnings, ...(world.notices ?? [])],
  });
  const isStrangers = event !== undefined && rightsOf(event).head !== 'ours';
  return conclude(judged, { ...rest, store, ...(narrator !== undefined && !isStrangers && { narrator }) });
}

/** Throws `GateError` when a record is not about the commit that the event is about. */
async function readTrusted(reader: JobReader, event: PlatformEvent | undefined): Promise<readonly MeasuredJob[]> {
  const jobs = await reader.read();
  if (event === undefined) return jobs;
  for (const { records, artifact } of jobs) {
    for (const { provenance } of records) {
      const origin = judgeRecordOrigin(event, provenance);
      if (origin.kind === 'refused')
        throw new GateError('RECORD_OF_OTHER_RUN', `${artifact}: ${origin.reason}`, origin.hint);
    }
  }
  return rightsOf(event).head === 'ours' ? jobs : jobs.map(stripUntrustedText);
}
