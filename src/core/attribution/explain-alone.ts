import type { Estimate } from '../comparison/row.ts';
import type { Contrast } from '../evidence/outside/contrast.ts';
import type { EndpointEvidence, OutsideEvidence } from '../evidence/outside/inspection.ts';
import type { QuickAnswers } from '../evidence/quick-answers.ts';
import type { Cause, Evidence, Slowdown } from './cause.ts';
import { negated, scaled, shifted, smaller } from './estimate-arithmetic.ts';

/** A part of the slowdown with one reason. */
export interface Part {
  readonly cause: Cause;
  /** How sure the evidence can be at best. */
  readonly sureness: 'shown' | 'likely';
  readonly addedMs: Estimate;
  readonly evidence: readonly Evidence[];
  readonly operation?: string;
  readonly mistakenFor: readonly Cause[];
}

/** Chance of a difference that is still taken for one, with five or so tests for each endpoint. */
const alpha = { pairs: 0.01, runs: 0.05 } as const;

/** Fewer pairs, or stored runs, show nothing; they may make something likely. */
const enough = { pairs: 12, runs: 3 } as const;

/** From where on sizes and counts are different, and shares of answers as good as none or all. */
const minGrowth = 1.2;
const muchLarger = 2;
const few = 0.2;
const most = 0.8;

/** Fewer bytes than these cost nothing to make text of, however clumsily. */
const costlyText = 20_000;

/** Less is no stall and no change of a stall. */
const minStallMs = 1;

/** Of what is to be explained: most of it. */
const halfOfIt = 0.5;
const mostOfIt = 0.6;
/** Parts that grew by so many times what the answer did are not one beside the other. */
const nested = 1.3;

/** What is slower when the endpoint is asked alone, by what else changed about its answers. */
export function aloneParts(
  { addedMs: slowdown, lostQuick }: Pick<Slowdown, 'addedMs' | 'lostQuick'>,
  evidence: EndpointEvidence,
  seen: OutsideEvidence,
) {
  const about = new Seen(evidence, seen.unit);
  const total = about.of('totalMs');
  const parts: Part[] = [];
  if (!about.differs(total) || total.added.point <= 0) return { parts, explained: 0 };
  // What is there alone is there under load as well, where waiting for one another makes it longer, or warm caches shorter.
  const scale = total.added.point >= mostOfIt * slowdown.point ? slowdown.point / total.added.point : 1;
  const left = new Remainder(total.added, scale);
  const base = evidenceOf('alone', total);
  const take = (part: Omit<Part, 'addedMs'>, added: Estimate) => {
    const addedMs = left.take(added);
    if (addedMs !== undefined) parts.push({ ...part, addedMs, evidence: [...base, ...part.evidence] });
  };
  for (const explain of explanations) explain(about, take, left, { ...seen, lostQuick });
  return { parts, explained: total.added.point * scale };
}

/** What looking showed, and what was measured before. */
type AllSeen = OutsideEvidence & { readonly lostQuick: QuickAnswers | undefined };

type Take = (part: Omit<Part, 'addedMs'>, added: Estimate) => void;

/** In the order in which they are asked: what can't be anything else comes first and takes its part. */
const explanations: readonly ((about: Seen, take: Take, left: Remainder, seen: AllSeen) => void)[] = [
  lostStreaming,
  lostCompression,
  missedCache,
  lostParallelism,
  grownPayload,
  timedParts,
  lostCache,
  blockingAnswer,
  costlyItems,
  waiting,
];

/** The first byte comes when the last one is there: nothing was gained by what the answer no longer does while it is sent. */
function lostStreaming(about: Seen, take: Take): void {
  const [streamed, firstByte, receive, total] = ['streamed', 'firstByteMs', 'receiveMs', 'totalMs'].map((name) =>
    about.of(name),
  );
  if (!streamed || !firstByte || !receive || !total) return;
  const isLost =
    streamed.baseline >= most && (streamed.candidate <= few || receive.candidate <= few * receive.baseline);
  const cameWhileSent = receive.baseline >= few * total.baseline && receive.candidate <= halfOfIt * receive.baseline;
  if (!isLost || !cameWhileSent || !about.differs(firstByte) || firstByte.added.point <= 0) return;
  if (!about.isHeld('decodedBytes')) return;
  take(
    {
      cause: 'streaming-lost',
      sureness: about.surenessOf(total),
      evidence: [
        ...evidenceOf('streamed', streamed),
        ...evidenceOf('first-byte', firstByte),
        ...evidenceOf('receive', receive),
      ],
      mistakenFor: [],
    },
    // No more than what used to be sent meanwhile.
    smaller(total.added, negated(receive.added)),
  );
}

function lostCompression(about: Seen, take: Take): void {
  const [compressed, wire, receive] = ['compressed', 'wireBytes', 'receiveMs'].map((name) => about.of(name));
  if (!compressed || !wire || !receive) return;
  if (compressed.baseline < most || compressed.candidate > few || ratioOf(wire) < minGrowth) return;
  if (receive.added.point <= 0) return;
  take(
    {
      cause: 'compression-lost',
      sureness: about.surenessOf(wire),
      evidence: [
        ...evidenceOf('encoding', compressed),
        ...evidenceOf('bytes', wire),
        ...evidenceOf('receive', receive),
      ],
      mistakenFor: [],
    },
    receive.added,
  );
}

/** A cache that no longer answers explains whatever is done instead. */
function missedCache(about: Seen, take: Take, left: Remainder): void {
  const hit = about.of('hit');
  if (!about.differs(hit) || hit.baseline - hit.candidate < halfOfIt) return;
  take(
    { cause: 'cache-misses', sureness: about.surenessOf(hit), evidence: evidenceOf('hit', hit), mistakenFor: [] },
    left.estimate(),
  );
}

function lostParallelism(about: Seen, take: Take): void {
  const overlap = about.of('overlapMs');
  if (!about.differs(overlap) || overlap.added.point >= 0) return;
  const parts = about.names().filter((name) => /^timing:.*:ms$/.test(name));
  const spent = parts.map((name) => ({
    ms: about.of(name)?.candidate ?? 0,
    calls: Math.max(1, about.of(name.replace(/:ms$/, ':calls'))?.candidate ?? 1),
  }));
  // All but the longest call could still go on beside it; what is no longer called at all can't.
  const possibleMs =
    spent.reduce((sum, { ms }) => sum + ms, 0) - Math.max(0, ...spent.map(({ ms, calls }) => ms / calls));
  const lostMs = Math.min(possibleMs, overlap.baseline) - overlap.candidate;
  if (lostMs < halfOfIt * overlap.baseline) return;
  take(
    {
      cause: 'lost-parallelism',
      sureness: about.surenessOf(overlap),
      evidence: [
        ...evidenceOf('overlap', overlap),
        ...parts.flatMap((name) => evidenceOf('timed', about.of(name), partName(name))),
      ],
      mistakenFor: [],
    },
    scaled(negated(overlap.added), lostMs / -overlap.added.point),
  );
}

/** From so many times as many calls on, and so many more, somebody calls in a loop; fewer may have many reasons. */
const loopRatio = 2;
const loopCalls = 3;
const manyCalls = 10;
/** Less is as good as no time. */
const noTimeMs = 0.05;

/** What the service itself times: more calls, slower ones, or both, in Shapley's way: each with the mean of the other. */
function timedParts(about: Seen, take: Take): void {
  const names = about.names().filter((name) => /^timing:.*:ms$/.test(name));
  const isNew = (name: string) => (about.of(name)?.baseline ?? 0) < noTimeMs;
  const isGone = (name: string) => (about.of(name)?.candidate ?? 0) < noTimeMs;
  // What appears while something else vanishes may only have another name now.
  const isRenamed = names.some(isNew) && names.some((name) => isGone(name) && !isNew(name));
  const parts = isRenamed ? names.filter((name) => !isNew(name)) : names;
  const grown = parts
    .map((name) => ({ name, spent: about.of(name) as Contrast }))
    .filter(({ spent }) => about.differs(spent) && spent.added.point > 0)
    .sort((a, b) => b.spent.added.point - a.spent.added.point);
  for (const { name, spent } of innermostFirst(grown, about.of('totalMs')?.added.point ?? 0)) {
    const calls = about.of(name.replace(/:ms$/, ':calls'));
    const operation = partName(name);
    const timed = [...evidenceOf('timed', spent, operation), ...evidenceOf('timed-calls', calls, operation)];
    const sureness = about.surenessOf(spent);
    const { more, slower } = splitCalls(spent, calls);
    if (calls !== undefined && more > 0) {
      // What was not called at all before, and is a few times now, was at hand before.
      const wasAtHand = calls.baseline < few && calls.candidate < manyCalls;
      const isLoop = !wasAtHand && ratioOf(calls) >= loopRatio && calls.added.point >= loopCalls;
      take(
        {
          ...{ cause: wasAtHand ? 'cache-misses' : 'more-calls', operation, evidence: timed },
          sureness: isLoop ? sureness : 'likely',
          mistakenFor: isLoop ? [] : wasAtHand ? ['more-calls'] : ['cache-misses'],
        },
        scaled(spent.added, more),
      );
    }
    if (slower > 0) {
      take(
        // Which part is slower is known, not always that it is a call.
        {
          cause: 'slow-call',
          operation,
          evidence: timed,
          sureness: calls === undefined ? 'likely' : sureness,
          mistakenFor: calls === undefined ? ['cpu-work'] : [],
        },
        scaled(spent.added, slower),
      );
    }
  }
}

/**
 * Parts that grew by more than the whole answer hold one another: `view` holds `db`. Then the one that explains most of it
 * with the least time of its own is the inner one.
 */
function innermostFirst<T extends { readonly spent: Contrast }>(grown: readonly T[], totalMs: number): readonly T[] {
  const sum = grown.reduce((ms, { spent }) => ms + spent.added.point, 0);
  if (sum <= nested * totalMs) return grown;
  const explains = (one: T) => one.spent.added.point >= mostOfIt * totalMs;
  return [...grown.filter(explains).toReversed(), ...grown.filter((one) => !explains(one))];
}

/** Which share of added ms goes back to more calls, and which to slower ones. */
function splitCalls(spent: Contrast, calls: Contrast | undefined): { readonly more: number; readonly slower: number } {
  if (calls === undefined || calls.candidate < 1) return { more: 0, slower: 1 };
  const after = spent.candidate / calls.candidate;
  const before = calls.baseline < 1 ? after : spent.baseline / calls.baseline;
  const more = calls.added.point * ((before + after) / 2);
  const slower = (after - before) * ((calls.baseline + calls.candidate) / 2);
  const total = more + slower;
  if (!(total > 0)) return { more: 0, slower: 0 };
  return { more: Math.min(1, Math.max(0, more / total)), slower: Math.min(1, Math.max(0, slower / total)) };
}

/** Larger answers take longer to send, and as much longer to make as they are larger. */
function grownPayload(about: Seen, take: Take, left: Remainder): void {
  const [decoded, receive, firstByte] = ['decodedBytes', 'receiveMs', 'firstByteMs'].map((name) => about.of(name));
  if (!decoded || !receive || !firstByte) return;
  if (ratioOf(decoded) < minGrowth || !about.differs(decoded)) return;
  const making = Math.min(Math.max(0, firstByte.added.point), firstByte.baseline * (ratioOf(decoded) - 1));
  const sending = Math.max(0, receive.added.point);
  const explained = Math.min(left.point(), making + sending);
  if (explained <= 0) return;
  take(
    {
      cause: 'payload-growth',
      // A little more data beside a little more time may be chance.
      sureness: ratioOf(decoded) >= muchLarger ? about.surenessOf(decoded) : 'likely',
      evidence: [
        ...evidenceOf('decoded', decoded),
        ...evidenceOf('items', about.of('items')),
        ...evidenceOf('receive', receive),
      ],
      mistakenFor: ratioOf(decoded) >= muchLarger ? [] : ['slow-call'],
    },
    scaled(left.estimate(), explained / left.point()),
  );
}

/** Most requests were quick and all are as slow now as the others were: what they found at hand isn't there any more. */
function lostCache(about: Seen, take: Take, left: Remainder, { lostQuick }: AllSeen): void {
  const total = about.of('totalMs');
  if (lostQuick === undefined || total === undefined) return;
  const { limitMs, baseline, candidate } = lostQuick;
  take(
    {
      cause: 'cache-misses',
      sureness: 'likely',
      evidence: [{ source: 'outside', kind: 'quick', limitMs, baseline, candidate, n: total.added.n }],
      mistakenFor: ['slow-call'],
    },
    left.estimate(),
  );
}

/** While this request alone was being answered, another one that needs nothing had to wait. */
function blockingAnswer(about: Seen, take: Take, left: Remainder): void {
  const [stall, decoded] = [about.of('stallMs'), about.of('decodedBytes')];
  const isShort = decoded !== undefined && decoded.candidate < costlyText;
  if (!about.differs(stall) || stall.added.point < minStallMs || ratioOf(stall) < minGrowth) return;
  take(
    {
      cause: 'event-loop-blocked',
      // What makes much text may compute for that.
      sureness: isShort ? about.surenessOf(stall) : 'likely',
      evidence: [...evidenceOf('stall', stall), ...(isShort ? [] : evidenceOf('decoded', decoded))],
      mistakenFor: isShort ? [] : ['serialization'],
    },
    smaller(stall.added, left.estimate()),
  );
}

/** Each further item of an answer costs more than before, although the service waits meanwhile. */
function costlyItems(about: Seen, take: Take, left: Remainder): void {
  const [perItem, items] = [about.of('msPerItem'), about.of('items')];
  if (
    !about.differs(perItem) ||
    !items ||
    perItem.added.point <= 0 ||
    perItem.candidate < 2 * Math.max(0, perItem.baseline)
  )
    return;
  take(
    {
      cause: 'more-calls',
      sureness: 'likely',
      evidence: [...evidenceOf('per-item', perItem), ...evidenceOf('items', items)],
      mistakenFor: ['slow-call', 'serialization'],
    },
    smaller(scaled(perItem.added, items.candidate), left.estimate()),
  );
}

/** Slower alone, and not by computing on the only thread, by size, or by what the service times. */
function waiting(about: Seen, take: Take, left: Remainder, { idle }: OutsideEvidence): void {
  const stall = about.of('stallMs');
  // Without a canary it may compute as well; and what slows even a request that needs nothing is in no endpoint.
  if (stall === undefined || (idle !== undefined && about.differs(idle) && idle.added.point > halfOfIt * left.point()))
    return;
  if (stall.added.point > halfOfIt * left.point()) return;
  take(
    {
      cause: 'slow-call',
      sureness: 'likely',
      evidence: evidenceOf('stall', stall),
      mistakenFor: ['more-calls', 'lost-parallelism', 'cache-misses', 'cpu-work'],
    },
    left.estimate(),
  );
}

/** Reads the contrasts of one endpoint. */
export class Seen {
  readonly #evidence: EndpointEvidence;
  readonly #unit: OutsideEvidence['unit'];

  constructor(evidence: EndpointEvidence, unit: OutsideEvidence['unit']) {
    this.#evidence = evidence;
    this.#unit = unit;
  }

  of(name: string): Contrast | undefined {
    return this.#evidence.contrasts.get(name);
  }

  names(): string[] {
    return [...this.#evidence.contrasts.keys()];
  }

  /** Whether `contrast` is more than chance. */
  differs(contrast: Contrast | undefined): contrast is Contrast {
    return contrast !== undefined && contrast.pValue <= alpha[this.#unit];
  }

  /** How sure what `contrast` shows can be at best. */
  surenessOf({ added }: Contrast): 'shown' | 'likely' {
    return added.n >= enough[this.#unit] && this.#evidence.isLoose !== true ? 'shown' : 'likely';
  }

  isHeld(name: string): boolean {
    const contrast = this.of(name);
    return contrast === undefined || ratioOf(contrast) < minGrowth;
  }
}

function ratioOf({ baseline, candidate }: Contrast): number {
  return baseline <= 0 ? (candidate > 0 ? Number.POSITIVE_INFINITY : 1) : candidate / baseline;
}

/** `contrast` as evidence; none where it was not seen. */
export function evidenceOf(kind: Evidence['kind'], contrast: Contrast | undefined, name?: string): Evidence[] {
  if (contrast === undefined) return [];
  const { baseline, candidate, added } = contrast;
  return [{ source: 'outside', kind, baseline, candidate, n: added.n, ...(name !== undefined && { name }) }];
}

/** What is left to explain of the ms that were added alone. */
class Remainder {
  readonly #all: Estimate;
  readonly #scale: number;
  #taken = 0;

  constructor(all: Estimate, scale: number) {
    this.#all = all;
    this.#scale = scale;
  }

  /** Ms still to be explained, before scaling. */
  point(): number {
    return this.#all.point - this.#taken;
  }

  estimate(): Estimate {
    return shifted(this.#all, -this.#taken);
  }

  /** The part of `added` that is still left, as of the measured slowdown; undefined where that is nothing. */
  take(added: Estimate): Estimate | undefined {
    const left = this.point();
    if (!(left > 0) || !(added.point > 0)) return undefined;
    const taken = Math.min(left, added.point);
    this.#taken += taken;
    return scaled(added, (taken / added.point) * this.#scale);
  }
}

/** `timing:db:ms` -> `db`. */
function partName(name: string): string {
  return name.replace(/^timing:/, '').replace(/:(?:ms|calls)$/, '');
}
