import type { EndpointEvidence, OutsideEvidence } from '../evidence/outside/inspection.ts';
import type { Attribution, Evidence, Slowdown, Strength } from './cause.ts';
import { plus, scaled, shareOf } from './estimate-arithmetic.ts';
import { aloneParts, evidenceOf, type Part, Seen } from './explain-alone.ts';

/** Less of a slowdown than this, of the mean before, is not worth a reason. */
const minRelativeAdded = 0.1;
const minAddedMs = 1;

/** Of a slowdown: a reason by itself, and one among others. */
const halfOfIt = 0.5;
const partOfIt = 0.2;

/** Where others are answered while a request waits, at most so much of its wait passes without any answer. */
const stillAnswering = 0.4;

/** Chance of a difference that other evidence speaks for. */
const fairChance = 0.1;

/** Of a wait: no slip of the clock. */
const noticeably = 1.3;

/** A stall that others feel. */
const longStallMs = 5;

/** How many times as long as beside any other endpoint. */
const standsOut = 1.5;

/**
 * Why is an endpoint slower? Splits the ms that were added to a mean request: what is there when it is asked alone, by what
 * else changed about its answers; the rest, by what happens under load. Each reason gets the part of the ms that its
 * evidence measures; what no evidence covers stays over, and where that is most of it the reason is `unknown`. Best first.
 *
 * Shares are of the mean, since means add up and quantiles don't.
 */
export function explainEndpoint(slowdown: Slowdown, seen: OutsideEvidence): Attribution[] {
  const { addedMs, baselineMs } = slowdown;
  const isProven = addedMs.interval[0] > 0 && addedMs.point >= Math.max(minAddedMs, minRelativeAdded * baselineMs);
  const evidence = seen.endpoints.get(slowdown.endpoint);
  if (evidence === undefined) return [unknown(slowdown, [])];
  // A mean that hardly moved says nothing of why the slow requests got slower.
  if (!isProven) return [unknown(slowdown, whatWasSeen(evidence, seen))];
  const alone = aloneParts(slowdown, evidence, seen);
  const parts = joined([...alone.parts, ...loadParts(slowdown, evidence, seen, alone.explained)]);
  const named = parts.flatMap((part) => attributionOf(part, parts, slowdown) ?? []);
  named.sort((a, b) => b.share.point - a.share.point || (a.cause < b.cause ? -1 : 1));
  return named.length === 0 ? [unknown(slowdown, whatWasSeen(evidence, seen))] : named;
}

/** What is slower under load alone: who stands in whose way? */
function loadParts(slowdown: Slowdown, evidence: EndpointEvidence, seen: OutsideEvidence, explained: number): Part[] {
  const { loaded } = evidence;
  const { canary, gap, unit } = seen;
  const about = new Seen(evidence, unit);
  if (slowdown.fades === true || loaded === undefined || canary === undefined) return [];
  // What the canary felt on the whole side makes a smaller difference of one endpoint credible.
  const isFair = loaded.pValue <= fairChance;
  const isSlower = about.differs(loaded) || (isFair && about.differs(canary));
  if (loaded.added.point <= 0 || !isSlower) return [];
  // What may be there alone as well is not the load's doing.
  const alone = about.of('totalMs');
  const mayBeAlone = alone !== undefined && alone.added.interval[1] > halfOfIt * slowdown.addedMs.point;
  if (explained === 0 && mayBeAlone) return [];
  const left = slowdown.addedMs.point - explained;
  if (left < partOfIt * slowdown.addedMs.point) return [];
  // A queue that grew all along is shorter in the short load of the look; what is hardly there any more explains no more.
  const stillMs = Math.max(0, loaded.added.point - explained);
  const point = stillMs >= partOfIt * left ? left : stillMs;
  const addedMs = scaled(loaded.added, point / loaded.added.point);
  const shared = [...evidenceOf('alone', alone), ...evidenceOf('loaded', loaded), ...evidenceOf('canary', canary)];
  // Of an endpoint that takes several turns the wait is a multiple of the canary's.
  const mayBeStalled = canary.added.point >= minAddedMs && canary.candidate >= noticeably * canary.baseline;
  const isStalled = mayBeStalled && about.differs(canary);
  const isAnswering = gap !== undefined && gap.candidate <= stillAnswering * canary.candidate;
  if (isStalled && isAnswering) {
    // Others are answered while it waits, so it isn't the one thread that is taken.
    const evidence = [...shared, ...evidenceOf('gap', gap)];
    return [{ cause: 'queueing', sureness: 'likely', addedMs, evidence, mistakenFor: ['cpu-work'] }];
  }
  if (isStalled) return blockedBy(slowdown.endpoint, seen, { addedMs, evidence: shared });
  // Asked alone it must have been looked at: else nothing says that it takes a load.
  if (alone === undefined || mayBeStalled) return [];
  return [{ cause: 'queueing', sureness: 'likely', addedMs, evidence: shared, mistakenFor: ['slow-call'] }];
}

/**
 * Whose being answered keeps this one waiting? An endpoint that was seen to stall others while it alone was asked; else the
 * one beside which the canary waited longest under load, where that stands out.
 */
function blockedBy(
  endpoint: string,
  { unit, endpoints, blockers, canary }: OutsideEvidence,
  part: Pick<Part, 'addedMs' | 'evidence'>,
): Part[] {
  const [worst] = [...endpoints]
    .flatMap(([name, evidence]) => {
      const stall = evidence.contrasts.get('stallMs');
      const isShown = name !== endpoint && new Seen(evidence, unit).differs(stall) && stall.added.point >= longStallMs;
      return isShown ? [{ name, stallMs: stall.added.point, n: stall.added.n }] : [];
    })
    .sort((a, b) => b.stallMs - a.stallMs);
  const [first, second] = blockers;
  const isFirst =
    first !== undefined &&
    first.waitMs >= (canary?.added.point ?? 0) &&
    first.waitMs >= standsOut * (second?.waitMs ?? 0);
  const blocker = worst ?? (isFirst ? { name: first.endpoint, stallMs: first.waitMs, n: first.n } : undefined);
  if (blocker === undefined) return [];
  const { name, stallMs, n } = blocker;
  const evidence: Evidence = { source: 'outside', kind: 'blocker', name, baseline: 0, candidate: stallMs, n };
  return [
    {
      ...{ cause: 'event-loop-blocked', sureness: 'likely', operation: name },
      ...{ addedMs: part.addedMs, evidence: [...part.evidence, evidence], mistakenFor: ['cpu-work'] },
    },
  ];
}

/** Parts of one cause and one operation are one. */
function joined(parts: readonly Part[]): Part[] {
  const byReason = Map.groupBy(parts, ({ cause, operation }) =>
    cause === 'event-loop-blocked' ? cause : `${cause} ${operation ?? ''}`,
  );
  return [...byReason.values()].map((same) => {
    const [first] = same as [Part, ...Part[]];
    return {
      ...first,
      addedMs: same.map(({ addedMs }) => addedMs).reduce(plus),
      evidence: withoutRepeats(same.flatMap(({ evidence }) => evidence)),
    };
  });
}

function withoutRepeats(evidence: readonly Evidence[]): Evidence[] {
  return evidence.filter(
    (one, i) => evidence.findIndex(({ kind, name }) => kind === one.kind && name === one.name) === i,
  );
}

function attributionOf(part: Part, all: readonly Part[], slowdown: Slowdown): Attribution | undefined {
  const share = shareOf(part.addedMs, slowdown.addedMs);
  const rivals = all.filter((other) => other !== part).map((other) => shareOf(other.addedMs, slowdown.addedMs));
  const isMost = share.interval[0] >= halfOfIt && rivals.every((rival) => rival.interval[1] < share.point);
  const isPart = share.point >= partOfIt && share.interval[0] > 0;
  if (!isMost && !isPart) return undefined;
  const strength: Strength = isMost ? part.sureness : 'contributes';
  const { cause, addedMs, evidence, operation, mistakenFor } = part;
  return {
    endpoint: slowdown.endpoint,
    cause,
    strength,
    addedMs,
    share,
    evidence,
    mistakenFor,
    ...(operation !== undefined && { operation }),
  };
}

function unknown({ endpoint, addedMs }: Slowdown, evidence: readonly Evidence[]): Attribution {
  const share = shareOf(addedMs, addedMs);
  return { endpoint, cause: 'unknown', strength: 'likely', addedMs, share, evidence, mistakenFor: [] };
}

function whatWasSeen(evidence: EndpointEvidence, { unit, canary, idle }: OutsideEvidence): Evidence[] {
  const about = new Seen(evidence, unit);
  return [
    ...evidenceOf('alone', about.of('totalMs')),
    ...evidenceOf('loaded', evidence.loaded),
    ...evidenceOf('stall', about.of('stallMs')),
    ...evidenceOf('canary', canary),
    ...evidenceOf('idle', idle),
  ];
}
