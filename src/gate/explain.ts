import { attribute, maxInspected } from '../core/attribution/attribute.ts';
import { audit } from '../core/attribution/audit.ts';
import { dangersOf } from '../core/attribution/dangers.ts';
import { isOfLatency } from '../core/comparison/row.ts';
import {
  compareInspections,
  compareSummaries,
  keptOf,
  summarizeInspection,
} from '../core/evidence/outside/inspection.ts';
import { rankFindings, trafficShares, withImpact } from '../core/report/model/rank-findings.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { explain } from '../errors.ts';
import type { Inspection, Inspector, Log } from '../ports.ts';
import type { Judged } from './judge.ts';

/** When the reasons are looked for: of what failed, always, or never. */
export type InspectWhen = 'auto' | 'always' | 'never';

interface ExplainingWorld {
  /** Absent where nothing can be looked at again. */
  readonly inspector?: Inspector;
  readonly inspect?: InspectWhen;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Why is it slow? Looks again at the endpoints that failed, and says what differs. Comes after the verdict, which it can't
 * change: whatever goes wrong here is a note.
 */
export async function explainSlowness(judged: Judged, world: ExplainingWorld): Promise<Judged> {
  const { inspector, inspect = 'auto', signal, log } = world;
  const { record } = judged;
  const failed = failedEndpoints(judged);
  const isWanted = inspect === 'always' || (inspect === 'auto' && failed.length > 0);
  if (inspector === undefined || !isWanted || record === undefined || signal.aborted || hasNothingToSee(judged))
    return judged;
  log.info(
    `looking at ${failed.length === 0 ? 'the endpoints' : failed.join(', ')} again to find out why, for at most 30 s`,
  );
  try {
    const others = inspect === 'always';
    const sides = judged.mode === 'duet' ? 'both' : 'target';
    const inspection = await inspector.inspect({ endpoints: failed, others, record, sides }, signal);
    // Half a look may miss what speaks for another reason.
    return signal.aborted ? judged : withReasons(judged, failed, inspection);
  } catch (error) {
    return { ...judged, inspectionNotes: [`why it is slow was not found out: ${explain(error).replace(/\.$/, '')}`] };
  }
}

/** What an inspection tells of `endpoints`; of two sides, or of one beside the runs before it. */
export function withReasons(judged: Judged, endpoints: readonly string[], inspection: Inspection): Judged {
  const { record, window, mode, decided } = judged;
  if (record === undefined) return judged;
  const { baseline, candidate, notes } = inspection;
  const before = window.flatMap((run) => run.inspection ?? []);
  const seen =
    baseline === undefined
      ? compareSummaries(before, summarizeInspection(candidate))
      : compareInspections(baseline, candidate);
  const canCompare = baseline !== undefined || before.length > 0;
  const comparison = decided.comparison ?? { comparisons: [] };
  const side = mode === 'duet' ? 'duet' : 'stored';
  return {
    ...judged,
    attributions: canCompare ? attribute(comparison, endpoints, { mode: side, window, record }, seen) : [],
    dangers: dangersOf(candidate, baseline, before),
    inspectionNotes: [
      ...notes,
      ...(canCompare
        ? []
        : [
            'none of the stored runs was looked at, so there is nothing to compare with yet: runs recorded from now on are',
          ]),
    ],
  };
}

/** What one look at a run that is to be stored has shown, for later runs to be compared with, and for whoever asks `always`. */
export async function lookAtRecorded(
  record: RunRecord,
  world: ExplainingWorld,
): Promise<{ readonly record: RunRecord } & Pick<Judged, 'opportunities' | 'dangers' | 'inspectionNotes'>> {
  const { inspector, inspect = 'auto', signal, log } = world;
  if (inspector === undefined || inspect === 'never' || signal.aborted) return { record };
  const shares = trafficShares(record);
  const endpoints = [...shares.keys()].sort((a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0));
  try {
    const { candidate, notes } = await inspector.inspect({ endpoints, others: false, record, sides: 'target' }, signal);
    for (const note of notes) log.info(`looking at it from outside: ${note}`);
    if (signal.aborted) return { record };
    const looked = { ...record, inspection: keptOf(summarizeInspection(candidate)) };
    if (inspect !== 'always') return { record: looked };
    return {
      record: looked,
      opportunities: audit(candidate, shares),
      dangers: dangersOf(candidate),
      inspectionNotes: notes,
    };
  } catch (error) {
    log.warn(`What was recorded was not looked at from outside: ${explain(error)}`);
    return { record };
  }
}

/** Endpoints that failed, most user time lost first; where only all of them together did, those that moved most. */
export function failedEndpoints({ decided, record, thresholds }: Judged): string[] {
  const rows = withImpact(decided.comparison?.comparisons ?? [], trafficShares(record), thresholds);
  const failed = rankFindings(rows).map(({ lead }) => lead.subject);
  const named = failed.flatMap((subject) => (subject.kind === 'endpoint' ? [subject.name] : []));
  const isOfAll = rows.some(
    ({ verdict, subject, family }) =>
      verdict === 'regressed' && subject.kind === 'all-endpoints' && isOfLatency(family),
  );
  if (named.length > 0 || !isOfAll) return [...new Set(named)].slice(0, maxInspected);
  return mostMoved(rows);
}

/** The endpoints whose latency moved most, up or down, as a share of what it was. */
export function mostMoved(rows: Parameters<typeof rankFindings>[0]): string[] {
  const moved = new Map<string, number>();
  for (const { subject, family, relativeChange } of rows) {
    if (subject.kind !== 'endpoint' || family !== 'latency' || relativeChange === undefined) continue;
    moved.set(subject.name, Math.max(moved.get(subject.name) ?? 0, Math.abs(relativeChange.point)));
  }
  return [...moved]
    .sort(([, a], [, b]) => b - a)
    .slice(0, maxInspected)
    .map(([name]) => name);
}

/** A target that is down, or a run that says nothing, has nothing to be looked at. */
function hasNothingToSee({ decided: { verdict } }: Judged): boolean {
  return verdict.verdict === 'invalid' || (verdict.verdict === 'fail' && verdict.reason === 'all-failed');
}
