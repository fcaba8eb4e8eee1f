import type { Answer } from '../../core/evidence/outside/answer.ts';
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

const longestAnswerMs = 5_000;
interface Questions {
  readonly endMs: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly notes: Set<string>;
}

/** One request in the form that each side needs it: the same path, with each side's own credentials. */
export type Question = Readonly<Partial<Record<SideName, ProbeRequest>>>;

/** Asks request by request, the sides one right after the other in an order that a coin decides. */
export async function askAlone(
  known: ReadonlyMap<string, readonly Question[]>,
  sides: readonly InspectedSide[],
  { endpoints, others }: AskedInspection,
  { endMs, random, signal, notes }: Questions,
): Promise<Answers> {
  const answers = new Map<string, Map<SideName, (Answer | undefined)[]>>();
  const expectedMs = new Map<string, number[]>();
  let refusals = 0;
  const askPair = async (endpoint: string, question: Question) => {
    const bySide = answers.get(endpoint) ?? new Map<SideName, (Answer | undefined)[]>();
    answers.set(endpoint, bySide);
    const order = sides.length > 1 && random.next() < 0.5 ? sides.toReversed() : sides;
    for (const { name, probe } of order) {
      const request = question[name];
      const times = expectedMs.get(`${name} ${endpoint}`) ?? [];
      const timeoutMs = Math.max(100, Math.min(longestAnswerMs, endMs - performance.now()));
      const usual = times.length === 0 ? 20 : median(times);
      const answer = request && (await probe.ask(request, { signal, timeoutMs, expectedMs: usual }));
      if (answer !== undefined) expectedMs.set(`${name} ${endpoint}`, [...times, answer.totalMs].slice(-9));
      if (answer?.status === 429) refusals++;
      bySide.set(name, [...(bySide.get(name) ?? []), answer]);
    }
  };
  const isOver = () => performance.now() >= endMs || signal.aborted || refusals > 1;
  for (const endpoint of [...known.keys()].filter((one) => others && !endpoints.includes(one)).slice(0, maxOthers)) {
    const questions = known.get(endpoint) ?? [];
    for (let i = 0; i < pairsOfOthers && !isOver(); i++)
      await askPair(endpoint, questions[i % questions.length] as Question);
  }
  // The first request of each kind may find something cold.
  for (const endpoint of endpoints) {
    const [first] = known.get(endpoint) ?? [];
    if (first === undefined || isOver()) continue;
    await askPair(endpoint, first);
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
  return new Map(
    sides.map(({ name }) => [
      name,
      [...answers].map(([endpoint, bySide]) => ({ endpoint, answers: bySide.get(name) ?? [] })),
    ]),
  );
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
    const asked = [...paths, ...smaller.slice(0, maxRequests / 2)].flatMap((one): Question[] => {
      const own = { candidate: { path: one.path, headers: one.headers } };
      const counterparts = bySide.get('baseline');
      if (counterparts === undefined) return [own];
      const others = counterparts.get(endpoint) ?? [];
      const same = others.find(({ path }) => path === one.path) ?? others[0];
      return same === undefined ? [] : [{ ...own, baseline: { path: one.path, headers: same.headers } }];
    });
    if (asked.length > 0) questions.set(endpoint, asked);
  }
  return questions;
}
interface Repeatable extends ProbeRequest {
  readonly endpoint: string;
}

function repeatable(notes: readonly RequestNote[], { prepared, labelOf }: InspectedSide): Repeatable[] {
  const { target, options } = prepared.setting;
  return notes.flatMap((note) => {
    const url = URL.parse(note.url);
    const address = parseAddress(note.url);
    if (url === null || address === undefined || !isSameHost(address, target) || note.status >= 400) return [];
    const path = `${url.pathname}${url.search}`;
    if (!isSafeToRepeat(note.method, path)) return [];
    const endpoint = labelOf(sampleOf(note, options.groupBy));
    return endpoint === undefined ? [] : [{ endpoint, path, headers: note.requestHeaders }];
  });
}
