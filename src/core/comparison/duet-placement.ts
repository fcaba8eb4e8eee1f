import { allEndpoints } from './comparison.ts';
import { beyondDeployments, changeKey, fewestEqualCodeDuets } from './deployment-model.ts';
import { type DuetPlan, defaultFloors } from './duet-plan.ts';
import type { LatencyHypothesis } from './latency-columns.ts';
import type { LatencyCase, LatencyFinding } from './latency-family.ts';
import type { LatencyJudgement } from './paired-verdicts.ts';
import { latencyMargin } from './paired-verdicts.ts';

/** Whether enough duets of equal code are known to tell a change of the code from one of the deployment. */
function knowsDeployments(plan: DuetPlan): boolean {
  return plan.placement !== 'one-deployment' && (plan.equalCodeDuets?.length ?? 0) >= fewestEqualCodeDuets;
}

/**
 * How each hypothesis is judged where the two sides ran:
 *
 * - on one deployment nothing but the code differs, and the change counts as measured;
 * - on one host a floor allows for two deployments of equal code;
 * - on separate hosts only what an endpoint doesn't share with the others can be the code's doing. p50 is shown, not
 *   judged: its noise is so small that any lasting difference of the machines is significant;
 * - where five or more duets of equal code are known, they take the floors' place, and everything is judged.
 */
export function toCases(hypotheses: readonly LatencyHypothesis[], plan: DuetPlan): LatencyCase[] {
  const isKnown = knowsDeployments(plan);
  const isFarApart = plan.placement === 'separate-hosts';
  const floors = isKnown ? { whole: 0, own: 0 } : defaultFloors[plan.placement];
  return hypotheses.map((hypothesis): LatencyCase => {
    const margin = latencyMargin(hypothesis.endpoint, hypothesis.quantile, plan.thresholds).log;
    const least = plan.thresholds.sensitivity === 'strict' ? margin : 0;
    const part = !isFarApart || hypothesis.own.length === 0 ? 'whole' : isKnown ? 'either' : 'own';
    return {
      hypothesis,
      isGating: !isFarApart || isKnown || hypothesis.quantile !== 'p50' || hypothesis.own.length === 0,
      part,
      floors: { whole: Math.max(least, floors.whole), own: Math.max(least, floors.own) },
    };
  });
}

/** Confronts the findings with what is known of the deployments. */
export function judgePlacement(findings: readonly LatencyFinding[], plan: DuetPlan): LatencyJudgement[] {
  if (knowsDeployments(plan)) return judgeByDuets(findings, plan);
  const isFarApart = plan.placement === 'separate-hosts';
  const slack = defaultFloors[plan.placement].whole;
  return findings.map((finding) => {
    const { isSlower, isFaster } = finding;
    const isEnvironment = isFarApart && finding.case.part === 'whole' && (isSlower || isFaster);
    return {
      finding,
      isSlower,
      isFaster,
      isEnvironment,
      isShownBelow: (limit) => finding.isShownBelow(limit - slack),
    };
  });
}

function judgeByDuets(findings: readonly LatencyFinding[], plan: DuetPlan): LatencyJudgement[] {
  const hypotheses = findings.map((finding) => finding.case.hypothesis);
  const ofEndpoints = hypotheses.filter((hypothesis) => hypothesis.endpoint !== allEndpoints);
  const beyond = beyondDeployments(ofEndpoints, plan.equalCodeDuets ?? [], plan.thresholds.alpha);
  return findings.map((finding) => {
    const { endpoint, quantile } = finding.case.hypothesis;
    const key = changeKey(endpoint, quantile);
    return {
      finding,
      isSlower: finding.isSlower && beyond.slower.has(key),
      isFaster: finding.isFaster && beyond.faster.has(key),
      isEnvironment: false,
      isShownBelow: (limit) => finding.isShownBelow(limit) && beyond.isBelow(key, limit),
    };
  });
}
