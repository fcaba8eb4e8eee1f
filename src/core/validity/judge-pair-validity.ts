import { asMeantByChecks, countedBaseline, countedCandidate, countingOf } from '../run-record/counted-answers.ts';
import type { EndpointSeries, RunRecord } from '../run-record/run-record.ts';
import { quantileMs } from '../sketch/latency-sketch.ts';
import { rankTrend } from '../stats/rank-trend.ts';
import { blockStart, type DeadTail, deadTailOf, lastBlockOf } from './dead-blocks.ts';
import { explainExit, judgeValidity } from './judge-validity.ts';
import { countOutcomes, describeOutcomes } from './outcome-counts.ts';
import type { Refusal, Validity } from './validity.ts';

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
  const counting = countingOf([baseline], [candidate]);
  // Where nothing else is answered, a login is missing on both sides, unless the script checks that it is refused.
  const isAll = baseline.endpoints.every(({ endpoint }) => counting.usual.has(endpoint));
  const [before, after] = isAll
    ? [asMeantByChecks(baseline), asMeantByChecks(candidate)]
    : [countedBaseline(baseline, counting), countedCandidate(candidate, counting)];
  return judgeSides(before, after, facts);
}

function judgeSides(baseline: RunRecord, candidate: RunRecord, facts: { readonly targetWasReady: boolean }): Validity {
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
  const silence = judgeSilence(baseline, candidate, missing);
  if (silence !== undefined) return silence;
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
  return answersIn((block) => block >= tail.fromBlock, other) >= deadRequests ? tail : undefined;
}

function answersIn(isMeant: (block: number) => boolean, { endpoints }: RunRecord): number {
  const blocks = endpoints.flatMap((series) => series.blocks).filter(({ index }) => isMeant(index));
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

/** From this share of the blocks on, what is left is another measurement than the one that was planned. */
const missingShare = 1 / 3;

interface MissingBlocks {
  /** How many blocks each side lacks that the other has. */
  readonly lacking: { readonly baseline: number; readonly candidate: number };
  readonly refusal?: Exclude<Validity, { kind: 'valid' }>;
  readonly warnings: readonly string[];
}

/** Blocks that one side lacks while both run: they are in no pair, and too many of them leave too little to judge. */
function missingBlocks(baseline: RunRecord, candidate: RunRecord): MissingBlocks {
  const endBlock = Math.min(lastBlockOf(baseline), lastBlockOf(candidate)) + 1;
  const before = busyBlocks(baseline, endBlock);
  const after = busyBlocks(candidate, endBlock);
  const all = new Set([...before, ...after]).size;
  const lacking = { baseline: countMissing(after, before), candidate: countMissing(before, after) };
  const missing = lacking.baseline + lacking.candidate;
  if (missing === 0) return { lacking, warnings: [] };
  const counts = (['baseline', 'candidate'] as const)
    .filter((side) => lacking[side] > 0)
    .map((side) => `${lacking[side]} on the ${side} side`);
  const detail = `${missing} of ${all} time blocks lack every request on one side (${counts.join(', ')})`;
  if (missing <= missingShare * all) return { lacking, warnings: [`${detail}; they are left out of the pairs`] };
  return {
    lacking,
    warnings: [],
    refusal: {
      kind: 'invalid',
      reason: 'cut-short',
      detail: `${detail}, which leaves too little to compare`,
      hint: 'See why that side stood still: a target that hangs, a machine that is overloaded, a clock that was set.',
    },
  };
}

/** The other side may lack this part of what the silent one lacks: rare requests leave blocks empty on both. */
const mutualShare = 1 / 4;

/**
 * A candidate that ended no request in so many blocks, in which the baseline answered plenty, stood still again and again:
 * that is a verdict on the code. Where its k6 stood still, or the baseline hardly did more, nothing is known.
 */
function judgeSilence(
  baseline: RunRecord,
  candidate: RunRecord,
  { lacking, refusal }: MissingBlocks,
): Refusal | undefined {
  if (refusal === undefined || lacking.baseline > mutualShare * lacking.candidate || hasStoodStill(candidate))
    return undefined;
  const endBlock = Math.min(lastBlockOf(baseline), lastBlockOf(candidate)) + 1;
  const after = busyBlocks(candidate, endBlock);
  const silent = [...busyBlocks(baseline, endBlock)].filter((index) => !after.has(index));
  const answers = answersIn((block) => silent.includes(block), baseline);
  if (answers < deadRequests * silent.length) return undefined;
  return {
    kind: 'all-failed',
    detail: `the candidate side: in ${silent.length} of ${silent.length + after.size} time blocks no request came to its end, while the baseline answered ${answers} in them`,
  };
}

function countMissing(present: ReadonlySet<number>, lacking: ReadonlySet<number>): number {
  return [...present].filter((index) => !lacking.has(index)).length;
}

/** Blocks with at least one request. */
function busyBlocks(record: RunRecord, endBlock: number): Set<number> {
  const blocks = record.endpoints.flatMap((series) => series.blocks);
  const busy = blocks.filter((block) => block.index < endBlock && block.latency.count + block.failedRequests > 0);
  return new Set(busy.map((block) => block.index));
}

/** From this share of the due iterations on, the load is no longer the one that was configured. */
const overloadedShare = 0.05;

/**
 * Can neither side of a duet bear the load? Then both measure how their queues happened to grow, which no pair of time
 * blocks evens out. Where one side alone can't, that is what the change did, for better or for worse, and is judged.
 */
function refuseOverload(baseline: RunRecord, candidate: RunRecord): Extract<Validity, { kind: 'invalid' }> | undefined {
  const before = droppedShare(baseline);
  const after = droppedShare(candidate);
  if (before < overloadedShare || after < overloadedShare) return undefined;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return {
    kind: 'invalid',
    reason: 'both-overloaded',
    detail: `neither side bears the load: ${percent(before)} of the baseline's iterations and ${percent(after)} of the candidate's never started, because all VUs were busy`,
    hint: 'Lower the rate of the script, raise its `maxVUs`, or run on a machine with more cores; two sides on one machine share it.',
  };
}

function droppedShare({ iterations, droppedIterations }: RunRecord): number {
  return droppedIterations === 0 ? 0 : droppedIterations / (iterations + droppedIterations);
}

/** One side that sends requests elsewhere which the other side answers. */
export interface RedirectedSide {
  readonly side: 'baseline' | 'candidate';
  /** `GET /items (302 on 120 of 400 requests)`, the most affected first. */
  readonly endpoints: readonly string[];
  /** Whether so many endpoints are concerned that it is no change of a single one, but a login page or the like. */
  readonly isWidespread: boolean;
  /** Endpoints that only this side has, where its redirects may lead. */
  readonly added: readonly string[];
}

/** A share of redirects that the other side doesn't have, and a number of them, that no chance brings about. */
const worthTelling = { share: 0.05, requests: 10 } as const;

/** Redirects of half of the endpoints are no change of one of them. */
const widespreadShare = 0.5;

/** k6 follows redirects and counts each as a fast success, so neither errors nor latency show a login page. */
function redirectedSides(baseline: RunRecord, candidate: RunRecord): RedirectedSide[] {
  return [
    ...describeSide('baseline', baseline.endpoints, candidate.endpoints),
    ...describeSide('candidate', candidate.endpoints, baseline.endpoints),
  ];
}

function describeSide(
  side: RedirectedSide['side'],
  endpoints: readonly EndpointSeries[],
  others: readonly EndpointSeries[],
): RedirectedSide[] {
  const byName = new Map(others.map((series) => [series.endpoint, redirectsOf(series)]));
  const common = endpoints.filter((series) => series.otherHost === undefined && byName.has(series.endpoint));
  const affected = common
    .map((series) => ({ series, ...redirectsOf(series) }))
    .filter(({ series, redirects, share }) => {
      const other = byName.get(series.endpoint)?.share ?? 0;
      return redirects >= worthTelling.requests && share - other >= worthTelling.share;
    })
    .sort((a, b) => b.share - a.share || (a.series.endpoint < b.series.endpoint ? -1 : 1));
  if (affected.length === 0) return [];
  return [
    {
      side,
      endpoints: affected.map(
        ({ series, redirects, requests, status }) =>
          `${series.endpoint} (${status} on ${redirects} of ${requests} requests)`,
      ),
      isWidespread: affected.length >= widespreadShare * common.length,
      added: endpoints.filter((series) => !byName.has(series.endpoint)).map((series) => series.endpoint),
    },
  ];
}

interface Redirects {
  readonly redirects: number;
  readonly requests: number;
  readonly share: number;
  /** The commonest of them. */
  readonly status: string;
}

function redirectsOf({ outcomes }: EndpointSeries): Redirects {
  const all = Object.entries(outcomes);
  const requests = all.reduce((sum, [, count]) => sum + count, 0);
  const redirecting = all.filter(([status]) => /^30[12378]$/.test(status)).sort((a, b) => b[1] - a[1]);
  const redirects = redirecting.reduce((sum, [, count]) => sum + count, 0);
  return { redirects, requests, share: requests === 0 ? 0 : redirects / requests, status: redirecting[0]?.[0] ?? '' };
}

/**
 * A rise that is told: 20 % from the first to the last block, so steady that of 30 000 unchanged endpoints one shows it.
 * Fewer than eleven blocks can't be that steady.
 */
const steadyZ = 4;
const notableGrowth = Math.log(1.2);

/** Fewer requests than this have no median worth following. */
const minRequests = 5;

/** Beyond this many the pattern is clear. */
const maxNamed = 3;

/** What is to be told of growth. */
interface Growth {
  readonly warnings: readonly string[];
  /** One sentence where one side grew alone: then no change that was not found is known to be absent. */
  readonly unlike?: string;
}

/**
 * Did latency grow with what the load itself wrote? On one side alone the two no longer hold equal data; on both alike
 * they may share a database, which can't be seen from outside. Says nothing about scripts that only read.
 */
export function judgeGrowth(baseline: RunRecord, candidate: RunRecord): Growth {
  if (!writes(baseline) || !writes(candidate)) return { warnings: [] };
  const others = new Map(candidate.endpoints.map((series) => [series.endpoint, series]));
  const grown = { baseline: [] as string[], candidate: [] as string[], both: [] as string[] };
  for (const series of baseline.endpoints) {
    const other = others.get(series.endpoint);
    const side = other === undefined ? undefined : grownSide(series, other);
    if (side !== undefined) grown[side].push(series.endpoint);
  }
  const alone = (['baseline', 'candidate'] as const)
    .filter((side) => grown[side].length > 0)
    .map(
      (side) => `${listed(grown[side])} got slower from block to block on the ${side} side alone while the load wrote`,
    );
  const ofBoth = `${listed(grown.both)} got slower from block to block on both sides while the load wrote: the data grew, and if both sides share a database, each also slowed the other down`;
  return {
    warnings: [
      ...alone.map(
        (what) => `${what}: its data may have grown more (\`reset-command\` brings both sides into the same state)`,
      ),
      ...(grown.both.length > 0 ? [ofBoth] : []),
    ],
    ...(alone.length > 0 && { unlike: alone.join('; ') }),
  };
}

function writes({ endpoints }: RunRecord): boolean {
  return endpoints.some(({ protocol, method }) => protocol === 'http' && /^(POST|PUT|PATCH|DELETE)$/i.test(method));
}

function grownSide(before: EndpointSeries, after: EndpointSeries): 'baseline' | 'candidate' | 'both' | undefined {
  const [a, b] = [logMedians(before), logMedians(after)];
  const common = [...a.keys()].filter((index) => b.has(index)).sort((x, y) => x - y);
  const [ofBaseline, ofCandidate] = [a, b].map((side) => common.map((index) => side.get(index) as number)) as [
    number[],
    number[],
  ];
  const isRising = (values: readonly number[]) => {
    const { z, change } = rankTrend(values);
    return z >= steadyZ && change >= notableGrowth;
  };
  // What the blocks of both sides have in common cancels out in the difference.
  if (isRising(ofCandidate) && isRising(ofCandidate.map((value, i) => value - (ofBaseline[i] as number)))) {
    return 'candidate';
  }
  if (isRising(ofBaseline) && isRising(ofBaseline.map((value, i) => value - (ofCandidate[i] as number)))) {
    return 'baseline';
  }
  return isRising(ofBaseline) && isRising(ofCandidate) ? 'both' : undefined;
}

function logMedians({ blocks }: EndpointSeries): Map<number, number> {
  const busy = blocks.filter(({ latency }) => latency.count >= minRequests);
  return new Map(busy.map(({ index, latency }) => [index, Math.log(quantileMs(latency, 0.5))]));
}

function listed(endpoints: readonly string[]): string {
  const further = endpoints.length - maxNamed;
  return endpoints.slice(0, maxNamed).join(', ') + (further > 0 ? ` and ${further} more` : '');
}
