import { type MeasuredLeg, withoutWords } from '../core/joining/measured-job.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { judgeRecordOrigin } from '../core/platform/record-origin.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { GateError } from '../errors.ts';
import type { LegReader } from '../ports.ts';
import { conclude, type GateResult, type World } from './gate.ts';
import { judgeLegs, type LegsPlan } from './judge-jobs.ts';

/** What a job that decides needs beside the world of every gate. */
export interface PublishingWorld extends World {
  /** What the gates of other jobs measured. */
  readonly reports: LegReader;
  /** Further runs of the one candidate; absent where nobody measured it again. */
  readonly furtherRuns?: LegReader;
  /** Absent on a developer's machine: then the files are whatever their owner says. */
  readonly event?: PlatformEvent;
}

/**
 * Decides and reports from what other jobs measured, without any load: read the runs, see whether they are about this
 * commit, load the baseline, judge, ask whether it was accepted, report. Verdicts and sentences in an artifact count for
 * nothing; a stranger's runs are told in the template's words only.
 */
export async function runPublishing(plan: LegsPlan, world: PublishingWorld): Promise<GateResult> {
  const { reports, furtherRuns, event, store, narrator, ...rest } = world;
  const legs = await readTrusted(reports, event);
  const further = furtherRuns === undefined ? [] : await readTrusted(furtherRuns, event);
  const stored = await store.list();
  const judged = judgeLegs(plan, {
    legs,
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
async function readTrusted(reader: LegReader, event: PlatformEvent | undefined): Promise<readonly MeasuredLeg[]> {
  const legs = await reader.read();
  if (event === undefined) return legs;
  for (const { records, artifact } of legs) {
    for (const { provenance } of records) {
      const origin = judgeRecordOrigin(event, provenance);
      if (origin.kind === 'refused')
        throw new GateError('RECORD_OF_OTHER_RUN', `${artifact}: ${origin.reason}`, origin.hint);
    }
  }
  return rightsOf(event).head === 'ours' ? legs : legs.map(withoutWords);
}
