import { applyRecorded } from '../core/acceptance/apply-acceptance.ts';
import { selectWindow, type Window } from '../core/baseline/select-window.ts';
import type { ComparisonResult } from '../core/comparison/comparison-result.ts';
import { withDoubts } from '../core/comparison/doubt.ts';
import { withLostLoad } from '../core/comparison/lost-load.ts';
import { unknownMetrics, withMissingMetrics } from '../core/comparison/missing-metrics.ts';
import { comparePaired, type PairedOptions } from '../core/comparison/paired/compare-paired.ts';
import type { DuetPlan } from '../core/comparison/paired/duet-plan.ts';
import { withUnendedIterations } from '../core/comparison/paired/unended-iterations.ts';
import type { Row } from '../core/comparison/row.ts';
import { toRunSummary } from '../core/comparison/run-summary.ts';
import { compareStored } from '../core/comparison/stored/compare-stored.ts';
import { estimateSharedVariance } from '../core/comparison/stored/next-measurement.ts';
import { compareRepeated, suspiciousRows } from '../core/comparison/stored/repeat.ts';
import type { DuetEnd, MeasuredDuet } from '../core/joining/measured-job.ts';
import type { ReportFacts } from '../core/report/model/report-facts.ts';
import {
  hostsOf,
  labelTogether,
  maxJudgedEndpoints,
  otherLabels,
  wholeRuns,
} from '../core/run-record/endpoint-identity.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { nearestNames } from '../core/thresholds/nearest-names.ts';
import { idlePatterns, type Thresholds } from '../core/thresholds/thresholds.ts';
import { judgePairValidity } from '../core/validity/judge-pair-validity.ts';
import { refuseAsBaseline } from '../core/validity/judge-validity.ts';
import type { Validity } from '../core/validity/validity.ts';
import { type Decided, type FailOn, minBaselineRuns } from '../core/verdict/build-verdict.ts';
import { decide, type Findings } from '../core/verdict/decide.ts';
import { defined } from '../defined.ts';
import type { GivenSettings } from '../printed-command.ts';

/** What the gate is told about judging; everything else it learns by measuring. */
export interface JudgingPlan {
  readonly name: string;
  readonly thresholds: Thresholds;
  readonly failOn: readonly FailOn[];
  /** What the report's commands carry; absent where nothing was measured by settings. */
  readonly given?: GivenSettings;
  /** Whether another job decides about what is measured here: then only a run that measured nothing is red. */
  readonly onlyMeasures?: boolean;
}

/** What was decided, and the facts that it rests on; a report is built of it once, when nothing more can change. */
export interface Judged extends ReportFacts {
  /** The run as it is kept: `record` has the labels, and no more endpoints, of the runs that were compared. */
  readonly asMeasured?: RunRecord;
  /** Further runs of the same candidate that were judged with it. */
  readonly repeats?: readonly RunRecord[];
  /** Set when the run was measured beside a baseline. */
  readonly duet?: MeasuredDuet;
}

/** What is known before judging a run against stored ones. */
export interface StoredFacts {
  readonly validity: Validity;
  /** Absent when nothing was measured. */
  readonly record?: RunRecord;
  /** Further runs of the same candidate. */
  readonly repeats?: readonly RunRecord[];
  /** Share of the variance between runs that the candidate's runs have in common (0..1); estimated unless given. */
  readonly sharedVariance?: number;
  /** Runs to compare with, in any order; those that don't fit are left out with a reason. */
  readonly stored: readonly RunRecord[];
  readonly storeLabel?: string;
  /** Which of the store's runs those are: `up to the merge base 1234567`. */
  readonly baselineChoice?: string;
  /** Whether `repeats` were made on the deployment of the first run, because of what that made suspicious; default no. */
  readonly areSameDeployment?: true;
  /** A suspicion for which more measuring was begun in vain, in one clause. */
  readonly unsettled?: string;
  /** How more measuring came about and what became of it, in sentences. */
  readonly story?: readonly string[];
  readonly warnings: readonly string[];
}

/** The verdict on runs that were measured before. Pure: the same facts give the same verdict. */
export function judgeRuns(plan: JudgingPlan & { readonly mode: 'stored' | 'record' }, facts: StoredFacts): Judged {
  const judged = judgeAsFound(plan, facts);
  if (plan.mode === 'stored' || judged.decided.verdict.verdict === 'fail' || facts.record === undefined) return judged;
  // A run that is worse than the others is quarantined; one that nothing can show to be worse must not be the first.
  const refusal = facts.validity.kind === 'valid' ? refuseAsBaseline(facts.record) : undefined;
  return refusal === undefined ? judged : judgeAsFound(plan, { ...facts, validity: refusal });
}

function judgeAsFound(plan: JudgingPlan & { readonly mode: 'stored' | 'record' }, facts: StoredFacts): Judged {
  const { record: asMeasured, validity } = facts;
  const selected = asMeasured ? selectWindow(facts.stored, asMeasured) : noWindow;
  const { excluded, warnings, accepted } = selected;
  const { record, repeats, window, thresholds } = labelRuns(plan, asMeasured, facts.repeats ?? [], selected.window);
  const labeled = new Map(selected.window.map((run, i) => [run, window[i] as RunRecord]));
  const stored = facts.stored.map((run) => labeled.get(run) ?? run);
  const isComparable = record !== undefined && validity.kind === 'valid' && window.length >= minBaselineRuns;
  const comparison = isComparable ? compareWithStored(window, [record, ...repeats], thresholds, facts) : undefined;
  const shared = {
    ...policyOf({ ...plan, thresholds }),
    mode: plan.mode,
    ...(record && { record, asMeasured }),
    ...{ window, excluded, stored },
  };
  const { unsettled, story } = facts;
  const verdict = decideUnder(plan, {
    ...shared,
    validity,
    baselineRuns: window.length,
    ...(comparison && { comparison }),
    ...(unsettled !== undefined && { unsettled }),
  });
  const decided = accepted === undefined ? verdict : applyRecorded(verdict, accepted);
  return {
    ...shared,
    decided,
    ...(facts.repeats && { repeats: facts.repeats }),
    ...defined({ storeLabel: facts.storeLabel, baselineChoice: facts.baselineChoice, story }),
    warnings: [
      ...(record?.warnings ?? []),
      ...(validity.kind === 'valid' ? validity.warnings : []),
      ...(isComparable ? warnings : []),
      // The rows tell of the total change, a part of which was accepted.
      ...(decided !== verdict && decided.verdict.verdict === 'fail' ? [decided.verdict.detail] : []),
      ...(record ? endpointWarnings(thresholds, [record, ...window], [asMeasured ?? record]) : []),
      // Where something is compared, the rows tell of them.
      ...(record && comparison === undefined ? unknownMetrics(thresholds, [record, ...window]) : []),
      ...facts.warnings,
    ],
  };
}

/** The runs with labels that mean the same in all of them, and thresholds that know what else the endpoints may be called. */
function labelRuns(
  { thresholds }: JudgingPlan,
  record: RunRecord | undefined,
  repeats: readonly RunRecord[],
  window: readonly RunRecord[],
) {
  const runs = labelTogether([...(record ? [record] : []), ...repeats, ...window], wholeRuns);
  const first = runs.length - window.length;
  return {
    record: record && runs[0],
    repeats: runs.slice(1, first),
    window: runs.slice(first),
    thresholds: { ...thresholds, otherLabels: otherLabels(runs) },
  };
}

function compareWithStored(
  window: readonly RunRecord[],
  candidates: readonly RunRecord[],
  thresholds: Thresholds,
  { sharedVariance, areSameDeployment }: StoredFacts,
): ComparisonResult {
  const options = sharedVariance === undefined ? {} : { sharedVariance };
  const compared =
    areSameDeployment === true && candidates.length > 1
      ? compareRepeated(window, candidates, thresholds, options)
      : compareStored(window, candidates, thresholds, options);
  const result = withDoubts(compared, window, candidates);
  return withOtherLabels(withLostLoad(result, window, candidates, false), thresholds);
}

function withOtherLabels(result: ComparisonResult, { otherLabels }: Thresholds): ComparisonResult {
  return otherLabels === undefined ? result : { ...result, otherLabels };
}

/** What a first run, judged by itself, makes suspicious enough to be measured again on the same deployment. */
export function suspicionsOf({ thresholds }: JudgingPlan, { decided: { comparison }, window }: Judged): Row[] {
  if (comparison === undefined) return [];
  return suspiciousRows(comparison, thresholds, estimateSharedVariance(window.map(toRunSummary)));
}

/** What is known of two runs that were measured side by side. */
export interface PairFacts {
  readonly baseline: RunRecord;
  readonly candidate: RunRecord;
  readonly targetWasReady: boolean;
  /** What a test that followed the duet found; absent for runs that are compared afterwards. */
  readonly followed?: ComparisonResult;
  readonly paired: PairedOptions;
  /** What was fixed before the first request, for whoever judges the two again; absent for runs that are compared afterwards. */
  readonly fixed?: Pick<DuetPlan, 'looks' | 'seed'>;
  /** The last look of the test that followed it. */
  readonly end?: DuetEnd;
  /** How it came to this duet, where a suspicion did. */
  readonly story?: readonly string[];
  readonly warnings?: readonly string[];
}

/** The verdict on two runs of one duet. Pure, as `judgeRuns` is. */
export function judgePair(plan: JudgingPlan, facts: PairFacts): Judged {
  const [candidate, baseline] = labelTogether([facts.candidate, facts.baseline]) as [RunRecord, RunRecord];
  const thresholds = { ...plan.thresholds, otherLabels: otherLabels([candidate, baseline]) };
  const validity = judgePairValidity(baseline, candidate, facts);
  const shared = {
    ...policyOf({ ...plan, thresholds }),
    mode: 'duet',
    ...{ record: candidate, asMeasured: facts.candidate, window: [baseline], excluded: [] },
  } as const;
  const comparison =
    validity.kind === 'valid' ? compareSides(thresholds, { ...facts, baseline, candidate }) : undefined;
  const decided = decideUnder(plan, { ...shared, validity, baselineRuns: 1, ...(comparison && { comparison }) });
  const warnings = [
    ...candidate.warnings,
    ...(validity.kind === 'valid' ? validity.warnings : []),
    ...endpointWarnings(thresholds, [candidate, baseline], [facts.candidate]),
    ...(facts.warnings ?? []),
  ];
  const story = facts.story ? storyOf(facts.story, decided) : [];
  return { ...shared, decided, story, warnings, ...measuredDuet(facts) };
}

function measuredDuet({ baseline, paired, fixed, end }: PairFacts): Pick<Judged, 'duet'> {
  if (fixed === undefined) return {};
  const { looks, seed } = fixed;
  const { order, placement } = paired;
  return {
    duet: { baseline, order, placement, plannedPairs: looks.at(-1) ?? 0, looks, seed, ...(end && { end }) },
  };
}

function compareSides(thresholds: Thresholds, { baseline, candidate, followed, paired }: PairFacts) {
  const result = followed ?? comparePaired(baseline, candidate, thresholds, paired);
  const whole = withMissingMetrics(result, { baseline: [baseline], candidate: [candidate] }, thresholds);
  const isFarApart = paired.placement === 'separate-hosts';
  const thinned = withLostLoad(withDoubts(whole, [baseline], [candidate]), [baseline], [candidate], isFarApart);
  return withOtherLabels(withUnendedIterations(thinned, baseline, candidate, thresholds), thresholds);
}

/** The same facts under another decision, such as that somebody accepted what was found. */
export function overrule(judged: Judged, decided: Decided, warnings: readonly string[]): Judged {
  return { ...judged, decided, warnings: [...judged.warnings, ...warnings] };
}

/** A run that was to be recorded and isn't, whatever it came to. */
export function notStored(judged: Judged, storeFailure: string): Judged {
  return { ...judged, storeFailure, decided: { ...judged.decided, outcome: notRecorded } };
}

/** The suspicion, and what became of it. */
function storyOf(suspicion: readonly string[], { verdict }: Decided): string[] {
  const isConfirmed = verdict.verdict === 'fail' && verdict.reason !== 'k6-thresholds';
  const isAcquitted = verdict.verdict === 'pass';
  const outcome = isConfirmed ? 'confirmed it' : isAcquitted ? 'did not confirm it' : 'could not settle it';
  return [...suspicion, `The duet that followed ${outcome}.`];
}

/** The verdict where nothing could be measured. */
export function judgeNothing(
  plan: JudgingPlan & { readonly mode: 'stored' | 'duet' },
  validity: Extract<Validity, { kind: 'invalid' }>,
  warnings: readonly string[],
): Judged {
  const shared = { ...policyOf(plan), mode: plan.mode, window: [], excluded: [] };
  const decided = decideUnder(plan, { ...shared, validity, baselineRuns: 0 });
  return { ...shared, decided, warnings };
}

/** Of a plan what judging and its report need; whoever makes the plan may have put more into it. */
function policyOf({ name, thresholds, failOn, given, onlyMeasures }: JudgingPlan): JudgingPlan {
  return { name, thresholds, failOn, ...(given && { given }), ...(onlyMeasures && { onlyMeasures }) };
}

/** What another job decides about makes no build red here, unless there is nothing that it could decide about. */
function decideUnder({ onlyMeasures = false }: JudgingPlan, findings: Findings): Decided {
  const decided = decide(findings);
  return onlyMeasures && decided.verdict.verdict !== 'invalid' ? { ...decided, outcome: leftOpen } : decided;
}

const leftOpen = { exitCode: 0, conclusion: 'neutral' } as const;

/** What the labels of the endpoints can't tell: rules that name none of them, hosts, and how many were joined. */
function endpointWarnings(
  thresholds: Thresholds,
  records: readonly RunRecord[],
  asMeasured: readonly RunRecord[],
): string[] {
  return [...ruleWarnings(thresholds, records), ...hostWarnings(records), ...limitWarnings(asMeasured)];
}

/** Which host's requests stand without a host, where nobody said which is the target's. */
export function hostWarnings(records: readonly RunRecord[]): string[] {
  const { target, others } = hostsOf(records);
  const foreign = [...new Set(records[0]?.endpoints.flatMap(({ otherHost }) => otherHost ?? []))];
  const left =
    foreign.length === 0 ? [] : [`requests to ${namesOf(foreign.sort())} are not compared: they are not the target's`];
  if (target === undefined || others.length === 0) return left;
  return [
    `requests went to ${others.length + 1} hosts: ${target} got most of them and is taken for the target, the names of the others' endpoints begin with their host (${namesOf(others)}); --target-url compares the target's alone`,
    ...left,
  ];
}

function namesOf(hosts: readonly string[]): string {
  return `${hosts.slice(0, 3).join(', ')}${hosts.length > 3 ? `, and ${hosts.length - 3} more` : ''}`;
}

function limitWarnings(records: readonly RunRecord[]): string[] {
  const most = Math.max(...records.map(({ endpoints }) => endpoints.length));
  if (most <= maxJudgedEndpoints) return [];
  return [
    `more than ${maxJudgedEndpoints} endpoints: all but the busiest ${maxJudgedEndpoints} are judged together as "other", the same ones on both sides`,
  ];
}

/** Rules that name nothing are most likely typing errors. */
function ruleWarnings(thresholds: Thresholds, records: readonly RunRecord[]): string[] {
  const endpoints = [...new Set(records.flatMap((record) => record.endpoints.map((series) => series.endpoint)))].sort();
  const known = `${endpoints.slice(0, 5).join(', ')}${endpoints.length > 5 ? ', …' : ''}`;
  const all = endpoints.length === 0 ? 'there is none' : known;
  return idlePatterns(thresholds, endpoints).map((pattern) => {
    const near = nearestNames(pattern, endpoints);
    const meant = near.length > 0 ? `did you mean ${near.join(' or ')}?` : all;
    return `the configuration names ${pattern}, which is none of the endpoints (${meant})`;
  });
}

const notRecorded = { exitCode: 3, conclusion: 'failure' } as const;

const noWindow: Window = { window: [], excluded: [], warnings: [] };
