import { type Answer, isExposed } from '../../core/evidence/outside/answer.ts';
import { isSafeToRepeat, withSmallerPage } from '../../core/evidence/outside/safe-request.ts';
import type { Random } from '../../core/stats/random.ts';
import { median } from '../../core/stats/sample-moments.ts';
import type { AskedInspection } from '../../ports.ts';
import type { RequestNote } from '../k6/script/request-notes.ts';
import { isSameHost, parseAddress } from '../target/target-host.ts';
import { type Answers, type InspectedSide, type SideName, sampleOf } from './inspected-side.ts';
import type { LoadedSide } from './loaded-phase.ts';
import type { ProbeRequest } from './probe.ts';

/** Pairs of requests to each endpoint that is asked about, where time allows, and different requests among them. */
const maxPairs = 40;
/** Of each where they are many, as in a run that is recorded. */
const pairsOfMany = 12;
const many = 4;
const maxRequests = 10;
/** Answers of endpoints that nobody asks about, for what their headers allow. */
const pairsOfOthers = 2;
const maxOthers = 20;
const othersShare = 0.3;

const longestAnswerMs = 5_000;

interface Questions {
  readonly endMs: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly notes: Set<string>;
}

/** One request in the form that each side needs it: the same path, with each side's own credentials. */
export interface Question {
  readonly of: Readonly<Partial<Record<SideName, ExpectedRequest>>>;
  /** What the baseline's own load asked, for where it doesn't know the candidate's path. */
  readonly ownOfBaseline?: ExpectedRequest;
}

interface ExpectedRequest extends ProbeRequest {
  /** What the script was answered. */
  readonly status: number;
}

/** Asks request by request, the sides one right after the other in an order that a coin decides. */
export async function askAlone(
  known: ReadonlyMap<string, readonly Question[]>,
  sides: readonly InspectedSide[],
  { endpoints, others }: Pick<AskedInspection, 'endpoints' | 'others'>,
  { endMs, random, signal, notes }: Questions,
): Promise<Answers> {
  const answers = new Map<string, Map<SideName, (Answer | undefined)[]>>();
  const unexpected = new Map<string, number>();
  const loose = new Set<string>();
  const expectedMs = new Map<string, number[]>();
  let [refusals, asked] = [0, 0];
  const askPair = async (endpoint: string, question: Question) => {
    const bySide = answers.get(endpoint) ?? new Map<SideName, (Answer | undefined)[]>();
    answers.set(endpoint, bySide);
    const order = sides.length > 1 && random.next() < 0.5 ? sides.toReversed() : sides;
    for (const { name, probe } of order) {
      const own = name === 'baseline' && loose.has(endpoint) ? question.ownOfBaseline : undefined;
      const request = own ?? question.of[name];
      const times = expectedMs.get(`${name} ${endpoint}`) ?? [];
      const timeoutMs = Math.max(100, Math.min(longestAnswerMs, endMs - performance.now()));
      const usual = times.length === 0 ? 20 : median(times);
      const answer = request && (await probe.ask(request, { signal, timeoutMs, expectedMs: usual }));
      if (answer !== undefined) expectedMs.set(`${name} ${endpoint}`, [...times, answer.totalMs].slice(-9));
      if (answer?.status === 429) refusals++;
      // What is answered in another way than the script was is not what was measured.
      const isExpected = answer !== undefined && isAsBefore(answer.status, request?.status);
      const how = answer === undefined ? 'not at all' : `with ${answer.status}`;
      if (!isExpected && request !== undefined) unexpected.set(how, (unexpected.get(how) ?? 0) + 1);
      asked++;
      bySide.set(name, [...(bySide.get(name) ?? []), isExpected ? answer : undefined]);
    }
  };
  const isOver = () => performance.now() >= endMs || signal.aborted || refusals > 1;
  // What nobody asks about must not take the time of what somebody does.
  const othersEndMs = performance.now() + othersShare * (endMs - performance.now());
  for (const endpoint of [...known.keys()].filter((one) => others && !endpoints.includes(one)).slice(0, maxOthers)) {
    const questions = known.get(endpoint) ?? [];
    for (let i = 0; i < pairsOfOthers && !isOver() && performance.now() < othersEndMs; i++)
      await askPair(endpoint, questions[i % questions.length] as Question);
  }
  // The first request of each kind may find something cold.
  for (const endpoint of endpoints) {
    const [first] = known.get(endpoint) ?? [];
    if (first === undefined || isOver()) continue;
    await askPair(endpoint, first);
    const isKnown = answers.get(endpoint)?.get('baseline')?.[0] !== undefined;
    // Paths with ids of what one side made up are only its own.
    if (!isKnown && first.ownOfBaseline !== undefined) loose.add(endpoint);
    answers.delete(endpoint);
  }
  const pairs = endpoints.length < many ? maxPairs : pairsOfMany;
  for (let i = 0; i < pairs && !isOver(); i++) {
    for (const endpoint of endpoints) {
      const questions = known.get(endpoint) ?? [];
      if (questions.length > 0 && !isOver()) await askPair(endpoint, questions[i % questions.length] as Question);
    }
  }
  if (refusals > 1) notes.add('the target asked for fewer requests (429), so it was not asked any further');
  for (const [how, count] of unexpected)
    notes.add(`${count} of ${asked} requests that were made again were answered ${how}`);
  const candidate = sides.at(-1);
  if (candidate !== undefined && !isOver()) await askWithoutCredentials(candidate, answers, { endMs, signal });
  return new Map(
    sides.map(({ name }) => [
      name,
      [...answers].map(([endpoint, bySide]) => ({
        endpoint,
        answers: bySide.get(name) ?? [],
        ...(loose.has(endpoint) && { isLoose: true }),
      })),
    ]),
  );
}

/** That nothing changed is as good an answer as what it is. */
function isAsBefore(status: number, before: number | undefined): boolean {
  const isGood = (one: number | undefined) => one === 200 || one === 304;
  return status === before || (isGood(status) && isGood(before));
}

/** Is what caches may share somebody's own? Not where everybody gets the same. */
async function askWithoutCredentials(
  { name, probe }: InspectedSide,
  answers: ReadonlyMap<string, Map<SideName, (Answer | undefined)[]>>,
  { endMs, signal }: Pick<Questions, 'endMs' | 'signal'>,
): Promise<void> {
  for (const bySide of answers.values()) {
    const own = bySide.get(name) ?? [];
    const exposed = own.findLast((answer) => answer !== undefined && isExposed(answer));
    if (exposed === undefined || performance.now() >= endMs) continue;
    const { authorization, cookie, ...headers } = exposed.requestHeaders;
    const timeoutMs = Math.max(100, Math.min(longestAnswerMs, endMs - performance.now()));
    const plain = await probe.ask({ path: exposed.path, headers }, { signal, timeoutMs });
    const isSame =
      plain?.status === exposed.status && plain.bodyHash !== undefined && plain.bodyHash === exposed.bodyHash;
    if (isSame)
      bySide.set(
        name,
        own.map((answer) => answer && { ...answer, isEverybodys: true }),
      );
  }
}

/** By endpoint: what may be asked of it again. */
export function questionsOf(
  loaded: ReadonlyMap<SideName, LoadedSide>,
  sides: readonly InspectedSide[],
): Map<string, Question[]> {
  const bySide = new Map(
    sides.map((side) => [
      side.name,
      Map.groupBy(repeatable(loaded.get(side.name)?.notes ?? [], side), ({ endpoint }) => endpoint),
    ]),
  );
  const candidate = bySide.get('candidate') ?? new Map<string, Repeatable[]>();
  const questions = new Map<string, Question[]>();
  for (const [endpoint, noted] of candidate) {
    const paths = [...new Map(noted.map((one) => [one.path, one])).values()].slice(0, maxRequests);
    const smaller = paths.flatMap((one) => {
      const path = withSmallerPage(one.path);
      return path === undefined ? [] : [{ ...one, path }];
    });
    const asked = [...paths, ...smaller.slice(0, maxRequests / 2)].flatMap((one, i): Question[] => {
      const counterparts = bySide.get('baseline');
      if (counterparts === undefined) return [{ of: { candidate: one } }];
      const others = counterparts.get(endpoint) ?? [];
      const same = others.find(({ path }) => path === one.path);
      if (same !== undefined) return [{ of: { candidate: one, baseline: same } }];
      const other = others[i % others.length];
      if (other === undefined) return [];
      return [{ of: { candidate: one, baseline: { ...other, path: one.path } }, ownOfBaseline: other }];
    });
    if (asked.length > 0) questions.set(endpoint, asked);
  }
  return questions;
}

interface Repeatable extends ExpectedRequest {
  readonly endpoint: string;
}

function repeatable(notes: readonly RequestNote[], { prepared, labelOf, scriptLabel }: InspectedSide): Repeatable[] {
  const { target, options } = prepared.setting;
  return notes.flatMap((note) => {
    const url = URL.parse(note.url);
    const address = parseAddress(note.url);
    // The last ones are broken off with the load, without a status.
    const isAnswered = note.status >= 200 && note.status < 400;
    if (url === null || address === undefined || !isSameHost(address, target) || !isAnswered) return [];
    // Credentials that were sent over TLS are not sent without.
    if (url.protocol !== new URL(options.target.url).protocol) return [];
    const path = `${url.pathname}${url.search}`;
    if (!isSafeToRepeat(note.method, path, note.requestHeaders)) return [];
    const endpoint = labelOf(sampleOf(note, options.groupBy, scriptLabel));
    return endpoint === undefined ? [] : [{ endpoint, path, headers: note.requestHeaders, status: note.status }];
  });
}
