import { labelTogether, otherLabels } from '../../run-record/endpoint-identity.ts';
import { latenciesByEndpoint, type RunRecord, twoSidedRuns } from '../../run-record/run-record.ts';
import { allEndpoints, endpointSubject, type Subject, subjectKey } from '../../run-record/subject.ts';
import type { LatencySketch } from '../../sketch/latency-sketch.ts';
import { judgedQuantiles, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import type { Metric } from '../../thresholds/thresholds.ts';
import { deploymentShares } from '../alpha-shares.ts';
import { detectableShift } from '../stored/detectable-shift.ts';
import { judgeLatency } from '../stored/judge-latency.ts';
import { pFaster, type ShiftTest } from '../stored/shift-tests.ts';
import type { DuetHypothesis } from './duet-hypotheses.ts';
import { intervalAlpha } from './latency-family.ts';

/** What a duet of equal code showed: by how much the two deployments differed, for whatever reason but the code. */
export interface EqualCodeDuet {
  /** ln ratio of the pooled quantiles, keyed by `changeKey`. */
  readonly changes: ReadonlyMap<string, number>;
}

/** Fewer duets of equal code than this say too little about how deployments differ. */
const minEqualCodeDuets = 5;

/** Key of one change of a duet; the same in every duet of the same endpoints, so that they can be compared. */
export function changeKey(subject: Subject, metric: Metric): string {
  return `${metric} ${subjectKey(subject)}`;
}

/** Reads off two runs of equal code, measured side by side, how their deployments differed. */
export function summarizeDuet(baseline: RunRecord, candidate: RunRecord): EqualCodeDuet {
  const runs = labelTogether([candidate, baseline]);
  const [after, before] = runs as [RunRecord, RunRecord];
  const changes = pooledChanges(latenciesByEndpoint(before), latenciesByEndpoint(after));
  for (const [label, others] of otherLabels(runs)) {
    for (const other of others) noteUnder(changes, label, other);
  }
  return { changes };
}

/** A duet of another time may call the endpoint otherwise. */
function noteUnder(changes: Map<string, number>, label: string, other: string): void {
  for (const quantile of judgedQuantiles) {
    const change = changes.get(changeKey(endpointSubject(label), quantile));
    const key = changeKey(endpointSubject(other), quantile);
    if (change !== undefined && !changes.has(key)) changes.set(key, change);
  }
}

/** ln ratios of the quantiles of all endpoints that have enough requests on both sides, keyed by `changeKey`. */
export function pooledChanges(
  before: ReadonlyMap<string, LatencySketch>,
  after: ReadonlyMap<string, LatencySketch>,
): Map<string, number> {
  const changes = new Map<string, number>();
  for (const [endpoint, a] of before) {
    const b = after.get(endpoint);
    if (b === undefined) continue;
    for (const quantile of judgedQuantiles) {
      const { minRequests, probability } = quantiles[quantile];
      if (Math.min(a.count, b.count) < minRequests) continue;
      const change = Math.log(b.quantile(probability) / a.quantile(probability));
      if (Number.isFinite(change)) changes.set(changeKey(endpointSubject(endpoint), quantile), change);
    }
  }
  return changes;
}

/**
 * The duets of equal code among the stored runs called `name`: two runs of one pair, one per side, of the same commit (or
 * the same tree). Oldest first, as the records are.
 */
export function equalCodeDuets(records: readonly RunRecord[], name: string | undefined): EqualCodeDuet[] {
  return twoSidedRuns(records.filter((record) => record.fingerprint.hard.name === name))
    .filter(({ baseline, candidate }) => isEqualCode(baseline, candidate) && !isOneDeployment(baseline, candidate))
    .map(({ baseline, candidate }) => summarizeDuet(baseline, candidate));
}

/** A deployment that was measured twice at once says nothing of how two differ. */
function isOneDeployment(baseline: RunRecord, candidate: RunRecord): boolean {
  const [a, b] = [baseline.provenance.deployment, candidate.provenance.deployment];
  return a !== undefined && a === b;
}

function isEqualCode(baseline: RunRecord, candidate: RunRecord): boolean {
  const [a, b] = [baseline.provenance, candidate.provenance];
  if (a.pair?.isEqualCode === true) return true;
  return (a.tree !== undefined && a.tree === b.tree) || (a.commit !== undefined && a.commit === b.commit);
}

const shares = deploymentShares();

/**
 * Do the two deployments differ more than deployments of equal code have done before? The deployment is a random effect:
 * a new duet is one more draw, predicted from the stored ones with their mean (a lasting offset between the two
 * environments) and their variance, which the endpoints share as far as they agree. More pairs don't help against it.
 *
 * Hypotheses that fewer than five stored duets know can't be told from the deployment in this way: they are in neither
 * set and not below any limit, and are left to the default floors (`knownHypotheses`).
 */
export function beyondDeployments(
  hypotheses: readonly DuetHypothesis[],
  duets: readonly EqualCodeDuet[],
  alpha: number,
): BeyondDeployments {
  const slower = new Set<string>();
  const faster = new Set<string>();
  const tests = new Map<string, ShiftTest>();
  const detectable = new Map<string, () => number>();
  for (const quantile of judgedQuantiles) {
    const known = endpointsKnown(hypotheses, duets, quantile);
    if (known.length === 0) continue;
    const window = known.map(({ subject }) =>
      duets.map((duet) => duet.changes.get(changeKey(subject, quantile)) ?? Number.NaN),
    );
    const candidate = known.map(({ change }) => [change]);
    const nulls = known.map(() => 0);
    const judged = judgeLatency({ window, candidate }, { count: 1, sharedVariance: 1 }, shares[quantile], alpha, nulls);
    const note = (subject: Subject, test: ShiftTest, pSlowerAdjusted: number, pFasterAdjusted: number) => {
      const key = changeKey(subject, quantile);
      tests.set(key, test);
      if (pSlowerAdjusted <= alpha) slower.add(key);
      if (pFasterAdjusted <= alpha) faster.add(key);
    };
    judged.endpoints.forEach((judgment, j) => {
      const { subject } = known[j] as DuetHypothesis;
      note(subject, judgment.total, judgment.adjustedSlower, judgment.adjustedFaster);
      detectable.set(changeKey(subject, quantile), () =>
        detectableShift(judgment, 0, shares[quantile], known.length, alpha),
      );
    });
    const { shared } = judged;
    if (shared === undefined) continue;
    note(allEndpoints, shared.test, shared.adjustedSlower, shared.adjustedFaster);
    const asTotal = { specific: 0, total: shares[quantile].shared, shared: 0 };
    detectable.set(changeKey(allEndpoints, quantile), () =>
      detectableShift({ total: shared.test, specific: shared.test }, 0, asTotal, 1, alpha),
    );
  }
  const isBelow = (key: string, limit: number): boolean => {
    const test = tests.get(key);
    return test !== undefined && pFaster(test, limit) <= intervalAlpha;
  };
  return { slower, faster, isBelow, detectable: (key) => detectable.get(key)?.() ?? Number.POSITIVE_INFINITY };
}

/** What exceeds the differences that deployments of equal code are known to show; keys by `changeKey`. */
export interface BeyondDeployments {
  readonly slower: ReadonlySet<string>;
  readonly faster: ReadonlySet<string>;
  /** Whether the change lies below `limit` (ln ratio) at 95 %, whatever the deployment did. */
  isBelow(key: string, limit: number): boolean;
  /** Smallest ln ratio that stands out from the deployments in 80 % of builds. */
  detectable(key: string): number;
}

/**
 * Keys of the hypotheses of which five or more stored duets of equal code tell how deployments differ; all endpoints
 * together are known where two endpoints are.
 */
export function knownHypotheses(
  hypotheses: readonly DuetHypothesis[],
  duets: readonly EqualCodeDuet[],
): ReadonlySet<string> {
  return new Set(
    judgedQuantiles.flatMap((quantile) => {
      const endpoints = endpointsKnown(hypotheses, duets, quantile).map(({ subject }) => subject);
      const subjects = endpoints.length < 2 ? endpoints : [...endpoints, allEndpoints];
      return subjects.map((subject) => changeKey(subject, quantile));
    }),
  );
}

function endpointsKnown(
  hypotheses: readonly DuetHypothesis[],
  duets: readonly EqualCodeDuet[],
  quantile: Quantile,
): DuetHypothesis[] {
  return hypotheses.filter(
    ({ subject, metric }) =>
      metric === quantile && subject.kind === 'endpoint' && knownBy(duets, subject, quantile) >= minEqualCodeDuets,
  );
}

function knownBy(duets: readonly EqualCodeDuet[], subject: Subject, quantile: Quantile): number {
  return duets.filter((duet) => duet.changes.has(changeKey(subject, quantile))).length;
}
