import type { RunRecord } from '../../../core/run-record/run-record.ts';
import { joinRuns } from '../run/join-runs.ts';
import type { PreparedTarget } from '../run/prepare-target.ts';
import { hashScripts, runFingerprint } from '../run/run-fingerprint.ts';
import { loadModelOf } from '../script/load-model.ts';
import type { DuetSide } from './duet-side.ts';

/** The record of one side: everything in its complete blocks, and what its k6 processes left beside their samples. */
export function recordOfSide(
  side: DuetSide,
  { scripts, setting }: PreparedTarget,
  duet: {
    readonly pairId: string;
    readonly isEqualCode: boolean;
    readonly pairs: number;
    readonly load: string;
    readonly wasInterrupted: boolean;
  },
): RunRecord {
  const { options } = setting;
  const joined = joinRuns(side.runs);
  const sources = scripts.map((script) => script.sources);
  const fingerprint = runFingerprint({
    name: options.name,
    ...(options.environmentLabel === undefined ? {} : { environmentLabel: options.environmentLabel }),
    load: duet.load,
    k6: options.k6,
    scriptHash: hashScripts(sources, options.directory),
    environment: options.environment,
  });
  const pair = {
    id: duet.pairId,
    side: side.name,
    order: side.name === 'baseline' ? 0 : 1,
    ...(duet.isEqualCode && { isEqualCode: true as const }),
  };
  const facts = {
    ...joined,
    loadModel: loadModelOf(scripts.map(({ inspection }) => inspection)),
    fingerprint,
    provenance: { ...options.provenance, deployment: options.target.url, pair },
    // Cut short by a person, what was measured until then is whole.
    exit: duet.wasInterrupted ? { ...joined.exit, class: 'ran' as const } : joined.exit,
    startedAtMs: options.clock.now(),
  };
  return side.collector.finish(facts, duet.pairs);
}
