import { marginsFor, type Thresholds } from '../thresholds/thresholds.ts';
import type { EndpointVerdict } from './comparison.ts';
import type { LatencyFinding } from './latency-family.ts';
import type { RateFinding } from './paired-errors.ts';

/** A finding after the deployments had their say. */
export interface LatencyJudgement {
  readonly finding: LatencyFinding;
  /** Slower, and not by what deployments of equal code are known to differ. */
  readonly isSlower: boolean;
  readonly isFaster: boolean;
  /** Whether the change may as well be one of the environment: then it can't turn a build red. */
  readonly isEnvironment: boolean;
  /** Whether the ln ratio is shown to lie below `limit`, deployments considered. */
  isShownBelow(limit: number): boolean;
  /** Smallest ln ratio that stands out from the deployments in 80 % of builds, however many pairs there are; 0: unknown. */
  deploymentDetectable(): number;
}

/** `hasMoreErrors`: failures are quick, so an endpoint that fails more is never called faster. */
export function latencyVerdict(judgement: LatencyJudgement, hasMoreErrors: boolean): EndpointVerdict {
  const { change, changeMs, margin } = judgement.finding.case.hypothesis;
  if (judgement.isEnvironment) return 'inconclusive';
  if (judgement.isSlower) return change >= margin.log && changeMs >= margin.ms ? 'regressed' : 'slower-within-margin';
  const isFaster = judgement.isFaster && change <= -margin.log && changeMs <= -margin.ms;
  if (isFaster && !hasMoreErrors) return 'improved';
  return judgement.isShownBelow(margin.log) ? 'not-regressed' : 'inconclusive';
}

/**
 * `upper`: upper bound of the difference of the rates. Above the ceiling any significant rise counts, however small;
 * without a rise nothing does. Checks have no ceiling: many suites carry failing ones for months.
 */
export function rateVerdict(finding: RateFinding, upper: number, thresholds: Thresholds): EndpointVerdict {
  const margin = marginsFor(finding.rate.endpoint, thresholds).errorRateIncrease;
  const { baseline, candidate } = finding;
  const rate = candidate.failed / candidate.total;
  const difference = rate - baseline.failed / baseline.total;
  const isAboveCeiling = finding.rate.metric === 'errorRate' && rate > thresholds.errorRateCeiling;
  if (finding.hasRisen) return difference >= margin || isAboveCeiling ? 'regressed' : 'slower-within-margin';
  if (finding.hasFallen && difference <= -margin) return 'improved';
  return upper < margin ? 'not-regressed' : 'inconclusive';
}
