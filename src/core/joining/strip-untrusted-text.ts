import type { RunRecord } from '../run-record/run-record.ts';
import type { MeasuredLeg } from './measured-job.ts';

/**
 * The leg without the sentences in it, which somebody who may write anything could have written: warnings, messages,
 * reasons, addresses; and without its word that more measuring came to nothing. Numbers stay, and the names of what was measured, which every surface escapes.
 */
export function withoutWords(leg: MeasuredLeg): MeasuredLeg {
  const { duet, isUnsettled: _, ...rest } = leg;
  return {
    ...rest,
    records: leg.records.map(numbersOf),
    ...(duet && { duet: { ...duet, baseline: numbersOf(duet.baseline) } }),
  };
}

function numbersOf(record: RunRecord): RunRecord {
  const { quarantined: _, accepted: __, ...rest } = record;
  const { message: ___, ...exit } = record.exit;
  const { commit, machine, deployment, pair } = record.provenance;
  const provenance = {
    ...(commit !== undefined && { commit }),
    ...(machine !== undefined && { machine }),
    ...(deployment !== undefined && { deployment }),
    ...(pair !== undefined && { pair }),
  };
  return { ...rest, exit, provenance, warnings: [] };
}
