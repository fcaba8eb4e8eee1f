import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Answer } from '../../core/evidence/outside/answer.ts';
import type { AskedEndpoint, LoadedPhase, SideInspection } from '../../core/evidence/outside/inspection.ts';
import type { CanaryAnswer, InFlight } from '../../core/evidence/outside/interference.ts';
import { endpointLabels } from '../../core/evidence/outside/label-requests.ts';
import { isSafeToRepeat, withSmallerPage } from '../../core/evidence/outside/safe-request.ts';
import type { RunRecord } from '../../core/run-record/run-record.ts';
import type { RequestSample, Sample } from '../../core/run-record/sample.ts';
import type { Random } from '../../core/stats/random.ts';
import { median } from '../../core/stats/sample-moments.ts';
import type { AskedInspection, Inspection } from '../../ports.ts';
import type { MeasureOptions } from '../k6/run/measure-options.ts';
import { type PreparedScript, writeEntry } from '../k6/run/prepare-script.ts';
import { type PreparedTarget, prepareTarget } from '../k6/run/prepare-target.ts';
import { runScript } from '../k6/run/run-script.ts';
import { withTemporaryFolder } from '../k6/run/temporary-folder.ts';
import { noteTakingModule, parseNote, type RequestNote } from '../k6/script/request-notes.ts';
import { importsModule } from '../k6/script/script-code.ts';
import { hostForms, isSameHost, parseAddress } from '../target/target-host.ts';
import { Probe, type ProbeRequest } from './probe.ts';

type SideName = 'baseline' | 'candidate';

interface InspectOptions {
  /** One side, the candidate, or two. */
  readonly sides: Readonly<Partial<Record<SideName, MeasureOptions>> & { readonly candidate: MeasureOptions }>;
  /** Whether both sides may have the script's load at once. */
  readonly areTogether: boolean;
  /** Whether requests may be made that the script doesn't make itself. */
  readonly mayProbe: boolean;
  /** Decides which side is asked first. */
  readonly random: Random;
}

/** No question begins later; all of it is over within 30 s. */
const budgetMs = 27_000;

/** The script's own load once more, at most; shorter where its iterations are asked for alone as well. */
const loadedMs = 10_000;
const loadedBesideIterationsMs = 6_000;
const canaryEveryMs = 66;
const idleCanaries = 12;

/** Pairs of requests to each endpoint that is asked about, where time allows, and different requests among them. */
const maxPairs = 40;
const maxRequests = 10;
/** Answers of endpoints that nobody asks about, for what their headers allow. */
const pairsOfOthers = 2;
const maxOthers = 20;

const longestAnswerMs = 5_000;

/**
 * Looks from outside at what was measured: first under the script's own load, which also shows what requests it makes, then
 * request by request without load. Whatever goes wrong is a note; never throws for what a target does.
 */
export async function inspectSides(
  options: InspectOptions,
  asked: AskedInspection,
  signal: AbortSignal,
): Promise<Inspection> {
  const endMs = performance.now() + budgetMs;
  const ends = AbortSignal.any([signal, AbortSignal.timeout(budgetMs + 2_000)]);
  return withTemporaryFolder('tailgate-inspect-', async (folder) => {
    const notes = new Set<string>();
    const sides: InspectedSide[] = [];
    for (const name of ['baseline', 'candidate'] as const) {
      const own = options.sides[name];
      if (own === undefined) continue;
      const side = await openSide(name, own, join(folder, name), asked.record, ends);
      if (typeof side === 'string') return { candidate: nothing, notes: [side] };
      sides.push(side);
    }
    const script = scriptOf(sides, asked);
    if (script === undefined) return { candidate: nothing, notes: ['no script of this run could be looked at again'] };
    for (const note of whatIsNotSeen(sides.at(-1)?.prepared.scripts[script])) notes.add(note);
    if (options.mayProbe) await askIdleCanaries(sides, ends);
    const limitMs = needsIterations(asked) ? loadedBesideIterationsMs : loadedMs;
    const loaded = await runLoaded(sides, script, options, { limitMs, ends, notes });
    const questions = options.mayProbe ? questionsOf(loaded, sides) : new Map<string, Question[]>();
    const { random } = options;
    const untold = asked.endpoints.filter((endpoint) => !questions.has(endpoint));
    const iterated =
      untold.length === 0 || signal.aborted ? noAnswers : await iterateAlone(sides, script, untold, random, ends);
    const alone = signal.aborted
      ? noAnswers
      : await askAlone(questions, sides, asked, { endMs, random, signal: ends, notes });
    const inspected = (name: SideName): SideInspection | undefined => {
      const side = sides.find((one) => one.name === name);
      const phase = loaded.get(name);
      const answers = [...(alone.get(name) ?? []), ...(iterated.get(name) ?? [])];
      return side && { alone: answers, idle: side.idle, ...(phase?.phase && { loaded: phase.phase }) };
    };
    const baseline = inspected('baseline');
    return { candidate: inspected('candidate') ?? nothing, notes: [...notes], ...(baseline && { baseline }) };
  });
}

const nothing: SideInspection = { alone: [], idle: [] };

type Answers = ReadonlyMap<SideName, readonly AskedEndpoint[]>;

const noAnswers: Answers = new Map();

interface InspectedSide {
  readonly name: SideName;
  readonly prepared: PreparedTarget;
  readonly probe: Probe;
  readonly labelOf: (sample: RequestSample) => string | undefined;
  readonly idle: CanaryAnswer[];
}

async function openSide(
  name: SideName,
  options: MeasureOptions,
  folder: string,
  record: RunRecord,
  signal: AbortSignal,
): Promise<InspectedSide | string> {
  await mkdir(folder);
  const { log } = options;
  const quiet = { info: log.debug, warn: log.debug, debug: log.debug };
  const prepared = await prepareTarget({ ...options, log: quiet }, folder, signal);
  if (prepared.kind === 'not-measured') return `the ${name} side could not be looked at again: ${prepared.detail}`;
  const { target } = prepared.setting;
  const { bypassHeader: header, environment } = options;
  const probe = await Probe.open({ url: options.target.url, environment, log: quiet, ...(header && { header }) });
  return { name, prepared, probe, labelOf: endpointLabels(record.endpoints, hostForms(target)), idle: [] };
}

/** The script that makes the requests that are asked about; undefined where none can be run again. */
function scriptOf(sides: readonly InspectedSide[], { endpoints, record }: AskedInspection): number | undefined {
  const scripts = sides.at(-1)?.prepared.scripts ?? [];
  const wanted = record.endpoints.find(({ endpoint }) => endpoints.includes(endpoint))?.script;
  const at = scripts.findIndex(({ script }) => wanted === undefined || basename(script) === wanted);
  return at < 0 ? undefined : at;
}

/** Only GET requests may be made again by themselves. */
function needsIterations({ endpoints, record }: AskedInspection): boolean {
  return record.endpoints.some(({ endpoint, method }) => endpoints.includes(endpoint) && method !== 'GET');
}

/** Protocols that are neither asked nor noted. */
function whatIsNotSeen(script: PreparedScript | undefined): string[] {
  if (script === undefined) return [];
  const { sources, inspection } = script;
  const unseen = [
    ...(importsModule(sources, 'k6/net/grpc') ? ['gRPC calls'] : []),
    ...(['k6/ws', 'k6/websockets', 'k6/experimental/websockets'].some((name) => importsModule(sources, name))
      ? ['WebSockets']
      : []),
    ...(inspection.usesBrowser ? ['pages of a browser'] : []),
  ];
  return unseen.length === 0 ? [] : [`${unseen.join(' and ')} are not looked at: only HTTP requests are`];
}

async function askIdleCanaries(sides: readonly InspectedSide[], signal: AbortSignal): Promise<void> {
  for (let i = 0; i < idleCanaries && !signal.aborted; i++) {
    for (const { probe, idle } of sides) {
      const answer = await probe.canary(signal);
      // The first opens a connection.
      if (answer !== undefined && i > 0) idle.push(answer);
    }
  }
}

interface LoadedSide {
  readonly phase: LoadedPhase | undefined;
  readonly notes: readonly RequestNote[];
}

/** The script's own load, on both sides at once where they may, with a canary beside it. */
async function runLoaded(
  sides: readonly InspectedSide[],
  script: number,
  { areTogether, mayProbe }: InspectOptions,
  { limitMs, ends, notes }: { readonly limitMs: number; readonly ends: AbortSignal; readonly notes: Set<string> },
): Promise<Map<SideName, LoadedSide>> {
  const each = { limitMs: areTogether || sides.length === 1 ? limitMs : limitMs / 2, mayProbe, signal: ends, notes };
  const run = (side: InspectedSide) => runLoadedSide(side, script, each);
  const done: LoadedSide[] = [];
  if (areTogether) done.push(...(await Promise.all(sides.map(run))));
  else for (const side of sides) done.push(await run(side));
  return new Map(sides.map(({ name }, i) => [name, done[i] as LoadedSide]));
}

async function runLoadedSide(
  side: InspectedSide,
  script: number,
  {
    limitMs,
    mayProbe,
    signal,
    notes,
  }: {
    readonly limitMs: number;
    readonly mayProbe: boolean;
    readonly signal: AbortSignal;
    readonly notes: Set<string>;
  },
): Promise<LoadedSide> {
  const { name, probe, labelOf } = side;
  const requests: InFlight[] = [];
  const canaries: CanaryAnswer[] = [];
  const waiting: Promise<void>[] = [];
  let startedAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const sendCanary = async () => {
    const answer = await probe.canary(signal);
    if (answer !== undefined) canaries.push(answer);
  };
  const begin = () => {
    startedAtMs = Date.now();
    if (mayProbe) timer = setInterval(() => waiting.push(sendCanary()), canaryEveryMs);
  };
  const run = await runNoting(side, script, {
    ...{ limitMs, signal, maxNotes: 60, maxAlike: 12 },
    onSample: (sample) => {
      if (sample.kind !== 'request') return;
      if (startedAtMs === undefined) begin();
      const endpoint = sample.isExpected ? labelOf(sample) : undefined;
      if (endpoint === undefined) return;
      requests.push({ endpoint, startMs: sample.endedAtMs - sample.durationMs, endMs: sample.endedAtMs });
    },
  }).finally(() => clearInterval(timer));
  await Promise.all(waiting);
  if (run.unwrapped !== undefined) notes.add(run.unwrapped);
  if (run.failure !== undefined) notes.add(`the load that looks at the ${name} side again did not run: ${run.failure}`);
  return {
    notes: run.noted,
    phase: startedAtMs === undefined ? undefined : { startedAtMs, requests, canaries },
  };
}

interface NotedRun {
  readonly noted: readonly RequestNote[];
  readonly failure?: string;
  readonly unwrapped?: string;
}

/** Runs a script once more, with a wrapper that writes down what it asks. */
async function runNoting(
  { name, prepared }: InspectedSide,
  script: number,
  how: {
    readonly limitMs: number;
    readonly signal: AbortSignal;
    readonly maxNotes: number;
    readonly maxAlike: number;
    readonly scenarios?: Readonly<Record<string, object>>;
    readonly onSample?: (sample: Sample) => void;
  },
): Promise<NotedRun> {
  const { setting, scripts } = prepared;
  const own = scripts[script];
  if (own === undefined) return { noted: [] };
  const marker = `tailgate-note-${randomUUID()} `;
  const module = noteTakingModule({ marker, maxNotes: how.maxNotes, maxAlike: how.maxAlike });
  const { entry } = await writeEntry(own, setting, { module, ...(how.scenarios && { scenarios: how.scenarios }) });
  const isWrapped = entry !== own.script;
  if (!isWrapped && how.scenarios !== undefined) return { noted: [] };
  const noted: RequestNote[] = [];
  const { log } = setting.options;
  const run = await runScript({
    measure: { ...setting.options, log: { info: log.debug, warn: log.debug, debug: log.debug } },
    prepared: { ...own, entry },
    environment: setting.environment,
    target: setting.target,
    label: scripts.length > 1 ? basename(own.script) : undefined,
    loadLimitMs: how.limitMs,
    folder: setting.folder,
    signal: how.signal,
    side: name,
    onSample: how.onSample ?? (() => undefined),
    notes: {
      marker,
      take: (text) => {
        const note = parseNote(text);
        if (note !== undefined) noted.push(note);
      },
    },
  });
  return {
    noted,
    ...(run.exit.class !== 'ran' && !how.signal.aborted && { failure: run.exit.message ?? 'no reason given' }),
    ...(!isWrapped && { unwrapped: `${own.script} is an archive: its requests are not known, so none is asked alone` }),
  };
}

/** Rounds of the script's own iterations by one virtual user a side; each is so long. */
const iterationRounds = 2;
const iterationMs = 2_000;

/** What is no GET request, or may not be repeated, is seen alone in the script's own iterations, one side after the other. */
async function iterateAlone(
  sides: readonly InspectedSide[],
  script: number,
  endpoints: readonly string[],
  random: Random,
  signal: AbortSignal,
): Promise<Answers> {
  const answers = new Map(sides.map(({ name }) => [name, new Map<string, Answer[][]>()]));
  for (let round = 0; round < iterationRounds; round++) {
    for (const side of random.next() < 0.5 ? sides.toReversed() : sides) {
      if (signal.aborted) break;
      const own = side.prepared.scripts[script];
      const scenarios = Object.fromEntries(
        Object.entries(own?.inspection.scenarios ?? {}).map(([name, { exec, env }]) => [
          name,
          { executor: 'constant-vus', vus: 1, duration: `${iterationMs}ms`, gracefulStop: '1s', exec, env },
        ]),
      );
      const run = await runNoting(side, script, {
        limitMs: 2 * iterationMs,
        signal,
        maxNotes: 300,
        maxAlike: 300,
        scenarios,
      });
      const byEndpoint = Map.groupBy(
        run.noted,
        (note) => side.labelOf(sampleOf(note, side.prepared.setting.options.groupBy)) ?? '',
      );
      for (const endpoint of endpoints) {
        const known = answers.get(side.name)?.get(endpoint) ?? [];
        answers.get(side.name)?.set(endpoint, [...known, (byEndpoint.get(endpoint) ?? []).map(answerOf)]);
      }
    }
  }
  return new Map(
    [...answers].map(([name, bySide]) => [
      name,
      endpoints.map((endpoint) => ({ endpoint, answers: alignRounds(endpoint, bySide.get(endpoint) ?? [], answers) })),
    ]),
  );
}

/** As many answers of each round as every side has, so that those at one place are of one round. */
function alignRounds(
  endpoint: string,
  own: readonly (readonly Answer[])[],
  all: ReadonlyMap<SideName, ReadonlyMap<string, readonly (readonly Answer[])[]>>,
): Answer[] {
  return own.flatMap((round, i) => {
    const fewest = Math.min(...[...all.values()].map((side) => side.get(endpoint)?.[i]?.length ?? 0));
    return round.slice(0, fewest);
  });
}

/** What k6 told of an answer; of its size only what the script itself received. */
function answerOf({ url, status, headers, requestHeaders, durationMs, receivingMs, bytes = 0 }: RequestNote): Answer {
  const parsed = URL.parse(url);
  const length = Number(headers['content-length']);
  return {
    path: parsed === null ? url : `${parsed.pathname}${parsed.search}`,
    ...{ status, headers, requestHeaders, totalMs: durationMs, firstByteMs: Math.max(0, durationMs - receivingMs) },
    wireBytes: length >= 0 ? length : bytes,
    decodedBytes: bytes,
    bodyHash: '',
  };
}

interface Questions {
  readonly endMs: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly notes: Set<string>;
}

/** One request in the form that each side needs it: the same path, with each side's own credentials. */
type Question = Readonly<Partial<Record<SideName, ProbeRequest>>>;

/** Asks request by request, the sides one right after the other in an order that a coin decides. */
async function askAlone(
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
  for (let i = 0; i < maxPairs && !isOver(); i++) {
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
function questionsOf(
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

/** As k6's own output would tell of the request. */
function sampleOf(
  { method, url, name, tags, scenario, status, durationMs }: RequestNote,
  groupBy: string | undefined,
): RequestSample {
  const group = groupBy === undefined ? undefined : tags[groupBy];
  return {
    ...{ kind: 'request', protocol: 'http', method, name: name ?? url, isNamed: name !== undefined },
    ...(scenario !== undefined && { scenario }),
    ...(group !== undefined && { group }),
    ...{ endedAtMs: 0, durationMs, status: String(status), isExpected: status < 400 },
  };
}
