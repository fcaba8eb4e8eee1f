import { isQuantile, isTail } from '../../thresholds/quantiles.ts';
import { isDifference, limitOf } from '../row.ts';
import { beyondDeployments, changeKey, knownHypotheses } from './deployment-model.ts';
import type { DuetHypothesis } from './duet-hypotheses.ts';
import { type DuetPlan, defaultFloors } from './duet-plan.ts';
import type { LatencyCase, LatencyFinding } from './latency-family.ts';

/** A finding after the deployments had their say. */
export interface PlacedFinding {
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

/** Keys of the hypotheses of which enough duets of equal code are known to tell a change of the code from one of the deployment. */
function knownDeployments(hypotheses: readonly DuetHypothesis[], plan: DuetPlan): ReadonlySet<string> {
  return plan.placement === 'one-deployment' ? new Set() : knownHypotheses(hypotheses, plan.equalCodeDuets ?? []);
}

/**
 * How each hypothesis is judged where the two sides ran:
 *
 * - on one deployment nothing but the code differs, and the change counts as measured;
 * - on one host a floor allows for two deployments of equal code;
 * - on separate hosts only what an endpoint doesn't share with the others can be the code's doing. p50 is shown, not
 *   judged: its noise is so small that any lasting difference of the machines is significant;
 * - where five or more duets of equal code know the endpoint, they take the floors' place, and all quantiles are judged.
 *
 * `areLoadsUnlike`: a closed model gave one side clearly more requests; nothing may then be subtracted.
 */
export function toCases(hypotheses: readonly DuetHypothesis[], plan: DuetPlan, areLoadsUnlike: boolean): LatencyCase[] {
  const isFarApart = plan.placement === 'separate-hosts';
  const known = knownDeployments(hypotheses, plan);
  return hypotheses.map((hypothesis): LatencyCase => {
    const isKnown = known.has(changeKey(hypothesis.subject, hypothesis.metric));
    // A share of slow requests has its margin of some points; floors are ratios.
    const hasFloor = !isKnown && !isDifference(hypothesis.family);
    const floors = hasFloor ? defaultFloors[plan.placement] : { total: 0, specific: 0 };
    const least = plan.thresholds.sensitivity === 'strict' ? limitOf(hypothesis.family, hypothesis.margin) : 0;
    const judgesSpecific = isFarApart && hypothesis.specific.length > 0 && !areLoadsUnlike;
    return {
      hypothesis,
      // A cache that is still cold on one host makes more requests slow, whatever the code does.
      isGating: isDifference(hypothesis.family)
        ? !isFarApart
        : !isFarApart || isKnown || !judgesSpecific || !isMedian(hypothesis),
      part: !judgesSpecific ? 'total' : isKnown ? 'either' : 'specific',
      floors: { total: Math.max(least, floors.total), specific: Math.max(least, floors.specific) },
    };
  });
}

function isMedian({ metric }: DuetHypothesis): boolean {
  return isQuantile(metric) && !isTail(metric);
}

/**
 * Confronts the findings with what is known of the deployments. Across hosts of which nothing is known, a change of
 * everything at once may be the environment's.
 */
export function judgePlacement(findings: readonly LatencyFinding[], plan: DuetPlan): PlacedFinding[] {
  const isFarApart = plan.placement === 'separate-hosts';
  const hypotheses = findings.map((finding) => finding.case.hypothesis);
  const known = knownDeployments(hypotheses, plan);
  const beyond = known.size > 0 ? beyondKnown(hypotheses, plan) : undefined;
  return findings.map((finding): PlacedFinding => {
    const { isSlower, isFaster } = finding;
    const { subject, family, metric } = finding.case.hypothesis;
    const slack = isDifference(family) ? 0 : defaultFloors[plan.placement].total;
    const key = changeKey(subject, metric);
    if (beyond && known.has(key)) {
      return {
        finding,
        isSlower: isSlower && beyond.slower.has(key),
        isFaster: isFaster && beyond.faster.has(key),
        isEnvironment: false,
        isShownBelow: (limit) => finding.isShownBelow(limit) && beyond.isBelow(key, limit),
        deploymentDetectable: () => beyond.detectable(key),
      };
    }
    return {
      finding,
      isSlower,
      isFaster,
      isEnvironment: isFarApart && finding.case.part === 'total' && (isSlower || isFaster),
      isShownBelow: (limit) => finding.isShownBelow(limit - slack),
      deploymentDetectable: () => 0,
    };
  });
}

function beyondKnown(hypotheses: readonly DuetHypothesis[], plan: DuetPlan) {
  return beyondDeployments(hypotheses, plan.equalCodeDuets ?? [], plan.thresholds.alpha);
}
