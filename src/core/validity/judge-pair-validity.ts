import type { RunRecord } from '../run-record/run-record.ts';
import { judgeGrowth } from './data-growth.ts';
import { blockStart, type DeadTail, deadTailOf, lastBlockOf } from './dead-blocks.ts';
import { explainExit } from './explain-exit.ts';
import { judgeValidity } from './judge-validity.ts';
import { missingBlocks } from './missing-blocks.ts';
import { countOutcomes, describeOutcomes } from './outcome-counts.ts';
import { refuseOverload } from './overload.ts';
import { type RedirectedSide, redirectedSides } from './redirected-side.ts';
import type { Validity } from './validity.ts';

type Refusal = Exclude<Validity, { kind: 'valid' }>;
type SideName = 'baseline' | 'candidate';

/** A side that answers nothing for this many time blocks at its end is dead, not slow. */
const deadBlocks = 2;

/** Fewer failures than this at the end could be one hiccup. */
const deadRequests = 10;

/** Failures, or silence, for so many blocks that more load would only hit a target that is down already. */
const hopelessBlocks = 4;

/** Silence for less than this may be a pause of k6 or of the machine. */
const hopelessSilenceMs = 10_000;

/** A k6 whose samples came this late stood still by itself; while a target hangs, k6 goes on reporting every second. */
const stoodStillMs = 3_000;

/** Whether a side of a duet that is under way has been without an answer for so long that the verdict stands. */
export function isHopeless(side: Pick<RunRecord, 'endpoints' | 'blockLengthMs'>, endBlock: number): boolean {
  const tail = deadTailOf(side, endBlock);
  if (tail === undefined || tail.blocks < hopelessBlocks) return false;
  if (tail.failedRequests === 0) return tail.blocks * side.blockLengthMs >= hopelessSilenceMs;
  return tail.failedRequests >= hopelessBlocks * deadRequests;
}

/**
 * May the two sides of a duet be compared? A dead candidate is a verdict on the code; without a baseline beside it there
 * is nothing to judge by, and what broke the measuring on one side spoils both. The first rule that applies decides.
 */
export function judgePairValidity(
  baseline: RunRecord,
  candidate: RunRecord,
  facts: { readonly targetWasReady: boolean },
): Validity {
  const exit = refuseExit('baseline', baseline) ?? refuseExit('candidate', candidate);
  if (exit !== undefined) return exit;
  const early = refuseTooShort(baseline, candidate);
  if (early !== undefined) return early;
  const death = judgeDeath(baseline, candidate, facts.targetWasReady);
  if (death !== undefined) return death;
  const missing = missingBlocks(baseline, candidate);
  const ofBaseline = judgeSide(baseline, missing.lacking.baseline, facts);
  if (ofBaseline.kind !== 'valid') return refuseBaseline(ofBaseline, lastBlockOf(candidate) >= 0);
  const ofCandidate = judgeSide(candidate, missing.lacking.candidate, facts);
  if (ofCandidate.kind !== 'valid') return refuseCandidate(ofCandidate, baseline, candidate, facts);
  if (missing.refusal !== undefined) return missing.refusal;
  const overload = refuseOverload(baseline, candidate);
  if (overload !== undefined) return overload;
  const redirects = redirectedSides(baseline, candidate);
  const wall = redirects.find(({ isWidespread }) => isWidespread);
  if (wall !== undefined) return refuseRedirects(wall);
  const growth = judgeGrowth(baseline, candidate);
  return {
    kind: 'valid',
    ...(growth.unlike !== undefined && { unlike: growth.unlike }),
    warnings: [
      ...warningsOfSides(ofBaseline.warnings, ofCandidate.warnings),
      // Comparing files counts their unpaired blocks itself, those at the end too.
      ...(facts.targetWasReady ? missing.warnings : []),
      ...redirects.map(describeRedirects),
      ...growth.warnings,
    ],
  };
}

function refuseExit(side: SideName, record: RunRecord): Refusal | undefined {
  const refusal = explainExit(record);
  return refusal === undefined ? undefined : ofSide(side, refusal);
}

/** Ended before the first pair, as by an interruption: no side is to blame. */
function refuseTooShort(baseline: RunRecord, candidate: RunRecord): Refusal | undefined {
  const hadOnlyWarmUp = (record: RunRecord) =>
    lastBlockOf(record) < 0 && (record.requestsOutsideBlocks?.warmUp ?? 0) + record.iterations > 0;
  if (!hadOnlyWarmUp(baseline) || !hadOnlyWarmUp(candidate)) return undefined;
  return {
    kind: 'invalid',
    reason: 'cut-short',
    detail: 'measuring ended before the first pair of time blocks was complete',
    hint: 'Measure for longer; see that the script makes requests after its warm-up.',
  };
}

/**
 * A side that is dead at the end, found from the blocks: its averages may still look healthy. Silence at the end counts
 * only where both sides were to be measured equally long: files may differ in length.
 */
function judgeDeath(baseline: RunRecord, candidate: RunRecord, endTogether: boolean): Refusal | undefined {
  const endBlock = endTogether ? Math.max(lastBlockOf(baseline), lastBlockOf(candidate)) + 1 : undefined;
  const before = deathOf(baseline, candidate, endBlock);
  const after = deathOf(candidate, baseline, endBlock);
  if (before === undefined && after === undefined) return undefined;
  if (before === undefined) return after === undefined ? undefined : judgeDeadCandidate(candidate, after);
  const stall = explainStall('baseline', baseline, before);
  if (stall !== undefined) return stall;
  const detail = describeDeath(baseline, before);
  if (after !== undefined && Math.abs(before.fromBlock - after.fromBlock) <= 1) {
    return {
      kind: 'invalid',
      reason: 'target-gone',
      detail: `on both sides alike ${detail}`,
      hint: 'Look for what both sides share: the machine, the database, the network.',
    };
  }
  return deadBaseline(`the baseline side: ${detail}`);
}

function deathOf(record: RunRecord, other: RunRecord, endBlock: number | undefined): DeadTail | undefined {
  const tail = deadTailOf(record, endBlock);
  if (tail === undefined || tail.blocks < deadBlocks) return undefined;
  if (tail.failedRequests >= deadRequests || tail.failedRequests === 0) return tail;
  // Of a target that hangs, few requests come to their end before a round is over: the other side tells how many should.
  return answersFrom(tail.fromBlock, other) >= deadRequests ? tail : undefined;
}

function answersFrom(block: number, { endpoints }: RunRecord): number {
  const blocks = endpoints.flatMap((series) => series.blocks).filter(({ index }) => index >= block);
  return blocks.reduce((sum, { latency }) => sum + latency.count, 0);
}

function judgeDeadCandidate(candidate: RunRecord, death: DeadTail): Refusal {
  const detail = `the candidate side: ${describeDeath(candidate, death)}, while the baseline went on answering`;
  return explainStall('candidate', candidate, death) ?? { kind: 'all-failed', detail };
}

/** Silence that is k6's own doing. */
function explainStall(side: SideName, record: RunRecord, death: DeadTail): Refusal | undefined {
  if (death.failedRequests > 0 || !hasStoodStill(record)) return undefined;
  return {
    kind: 'invalid',
    reason: 'k6-aborted',
    detail: `the ${side} side: k6 stood still from ${blockStart(record, death.fromBlock)} on`,
    hint: 'See what stopped k6: the machine ran out of memory, or somebody paused it.',
  };
}

function hasStoodStill({ exit, generator }: RunRecord): boolean {
  return exit.signal !== undefined || (generator.readerLagMs ?? 0) >= stoodStillMs;
}

function describeDeath(record: RunRecord, { fromBlock, failedRequests }: DeadTail): string {
  const since = `from ${blockStart(record, fromBlock)} on`;
  if (failedRequests === 0) return `${since} no request came to its end`;
  return `${since} every request failed (of the whole run: ${describeOutcomes(countOutcomes(record.endpoints))})`;
}

/**
 * The lateness of a side that stood still is told by its missing blocks, which are in no pair; it doesn't spoil the
 * others.
 */
function judgeSide(record: RunRecord, lackingBlocks: number, facts: { readonly targetWasReady: boolean }): Validity {
  if (lackingBlocks === 0) return judgeValidity(record, facts);
  const { startLatenessMs, readerLagMs, ...generator } = record.generator;
  return judgeValidity({ ...record, generator }, facts);
}

/** Only what says that the target is gone makes a dead side; a refusal about the measuring keeps its reason. */
function refuseBaseline(refusal: Refusal, isCandidateAlive: boolean): Refusal {
  const isSilentAlone = refusal.kind === 'invalid' && refusal.reason === 'no-requests' && isCandidateAlive;
  if (refusal.kind === 'all-failed' || refusal.reason === 'target-gone' || isSilentAlone) {
    return deadBaseline(`the baseline side: ${refusal.detail}`);
  }
  return ofSide('baseline', refusal);
}

/** What the baseline shows to be no fault of the script is the candidate's. */
function refuseCandidate(
  refusal: Refusal,
  baseline: RunRecord,
  candidate: RunRecord,
  { targetWasReady }: { readonly targetWasReady: boolean },
): Refusal {
  const reason = refusal.kind === 'invalid' ? refusal.reason : undefined;
  if (reason === 'no-requests' && targetWasReady && lastBlockOf(baseline) >= 0 && !hasStoodStill(candidate)) {
    const detail = 'the candidate side: no request came to its end, while the baseline went on answering';
    return { kind: 'all-failed', detail };
  }
  if (reason === 'script-throws' && baseline.exit.thrownIterations === 0 && refusal.kind === 'invalid') {
    const hint = `On the baseline side it doesn't throw: see at that place of the script what the candidate answers, and whether both sides are given the same environment.`;
    return ofSide('candidate', { ...refusal, hint });
  }
  return ofSide('candidate', refusal);
}

function deadBaseline(detail: string): Refusal {
  const hint = 'Bring the baseline deployment up, see that it bears this load, and run again.';
  return { kind: 'invalid', reason: 'baseline-side-dead', detail, hint };
}

function refuseRedirects(wall: RedirectedSide): Refusal {
  return {
    kind: 'invalid',
    reason: 'target-changed',
    detail: describeRedirects(wall),
    hint: 'Most often a login or a maintenance page stands before the service: see where the redirects lead, and give the script its login in `env`, or `bypass-header`.',
  };
}

function describeRedirects({ side, endpoints, added }: RedirectedSide): string {
  const others = endpoints.length > 2 ? ` and ${endpoints.length - 2} more` : '';
  const leads = added.length === 0 ? '' : `; only there: ${added.slice(0, 3).join(', ')}`;
  return `the ${side} side redirects requests that the other side answers: ${endpoints.slice(0, 2).join(', ')}${others}${leads}`;
}

function ofSide(side: SideName, refusal: Refusal): Refusal {
  return { ...refusal, detail: `the ${side} side: ${refusal.detail}` };
}

/** What both sides share is said once. */
function warningsOfSides(baseline: readonly string[], candidate: readonly string[]): string[] {
  return [
    ...candidate.map((warning) => (baseline.includes(warning) ? warning : `the candidate side: ${warning}`)),
    ...baseline.filter((warning) => !candidate.includes(warning)).map((warning) => `the baseline side: ${warning}`),
  ];
}
