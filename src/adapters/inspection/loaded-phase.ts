import { randomUUID } from 'node:crypto';
import type { Answer } from '../../core/evidence/outside/answer.ts';
import type { LoadedPhase } from '../../core/evidence/outside/inspection.ts';
import type { CanaryAnswer, InFlight } from '../../core/evidence/outside/interference.ts';
import type { Sample } from '../../core/run-record/sample.ts';
import type { Random } from '../../core/stats/random.ts';
import { mean } from '../../core/stats/sample-moments.ts';
import { writeEntry } from '../k6/run/prepare-script.ts';
import { runScript } from '../k6/run/run-script.ts';
import { noteTakingModule, parseNote, type RequestNote } from '../k6/script/request-notes.ts';
import { type Answers, type InspectedSide, noAnswers, type SideName, sampleOf } from './inspected-side.ts';

/** Of all kinds together: at most 20 in a second. */
const canaryEveryMs = 50;

/** More notes of one side than this are not kept, however many virtual users write them. */
const maxKeptNotes = 2_000;

/** What the load of one side showed. */
export interface LoadedSide {
  readonly phase: LoadedPhase | undefined;
  readonly notes: readonly RequestNote[];
}

/** The script's own load, on both sides at once where they may, with a canary beside it. */
export async function runLoaded(
  sides: readonly InspectedSide[],
  script: number,
  { areTogether, mayProbe }: { readonly areTogether: boolean; readonly mayProbe: boolean },
  { limitMs, ends, notes }: { readonly limitMs: number; readonly ends: AbortSignal; readonly notes: Set<string> },
): Promise<Map<SideName, LoadedSide>> {
  const choice: CanaryChoice = {};
  const shared = { mayProbe, signal: ends, notes, choice };
  const each = { ...shared, limitMs: areTogether || sides.length === 1 ? limitMs : limitMs / 2 };
  const run = (side: InspectedSide) => runLoadedSide(side, script, each);
  const done: LoadedRun[] = [];
  if (areTogether) done.push(...(await Promise.all(sides.map(run))));
  else for (const side of sides) done.push(await run(side));
  const kind = choice.kind ?? calmestKind(done.at(-1)?.canaries ?? []);
  for (const { probe } of sides) probe.use(kind);
  return new Map(
    sides.map(({ name }, i) => {
      const { noted = [], startedAtMs, requests = [], canaries = [] } = done[i] ?? {};
      const phase = startedAtMs === undefined ? undefined : { startedAtMs, requests, canaries: canaries[kind] ?? [] };
      return [name, { notes: noted, phase }];
    }),
  );
}

/** Which kind of canary both sides send; none yet while they are tried in turn. */
interface CanaryChoice {
  kind?: number;
}

/** Answers of each kind that tell which is the calmer one. */
const canariesToChoose = 10;

/** The kind of canary that waited least: what it waits for, it shares with fewest. */
function calmestKind(kinds: readonly (readonly CanaryAnswer[])[]): number {
  const waits = kinds.map((canaries) => mean(canaries.map(({ durationMs }) => durationMs)));
  const known = waits.map((wait) => (Number.isNaN(wait) ? Number.POSITIVE_INFINITY : wait));
  return Math.max(0, known.indexOf(Math.min(...known)));
}

interface LoadedRun {
  readonly noted: readonly RequestNote[];
  /** Absent where no request was made. */
  readonly startedAtMs?: number;
  readonly requests: readonly InFlight[];
  /** By their kind. */
  readonly canaries: readonly (readonly CanaryAnswer[])[];
}

async function runLoadedSide(
  side: InspectedSide,
  script: number,
  {
    limitMs,
    mayProbe,
    signal,
    notes,
    choice,
  }: {
    readonly limitMs: number;
    readonly mayProbe: boolean;
    readonly signal: AbortSignal;
    readonly notes: Set<string>;
    readonly choice: CanaryChoice;
  },
): Promise<LoadedRun> {
  const { name, probe, labelOf } = side;
  const requests: InFlight[] = [];
  const canaries: CanaryAnswer[][] = Array.from({ length: probe.kinds }, () => []);
  const waiting: Promise<void>[] = [];
  let startedAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let sent = 0;
  const sendCanary = async () => {
    const kind = choice.kind ?? sent++ % probe.kinds;
    const answer = await probe.canary(signal, kind);
    if (answer !== undefined) canaries[kind]?.push(answer);
    if (name === 'candidate' && canaries.every(({ length }) => length >= canariesToChoose))
      choice.kind ??= calmestKind(canaries);
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
  return { noted: run.noted, requests, canaries, ...(startedAtMs !== undefined && { startedAtMs }) };
}

interface NotedRun {
  readonly noted: readonly RequestNote[];
  readonly failure?: string;
  readonly unwrapped?: string;
}

/** Runs a script once more, with a wrapper that writes down what it asks. */
async function runNoting(
  { prepared, scriptLabel }: InspectedSide,
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
  const { log, durationMs, ...options } = setting.options;
  const run = await runScript({
    measure: {
      ...options,
      log: { info: log.debug, warn: log.debug, debug: log.debug },
      // k6 would take it in place of the scenarios.
      ...(durationMs !== undefined && how.scenarios === undefined && { durationMs }),
    },
    prepared: { ...own, entry },
    environment: setting.environment,
    target: setting.target,
    label: scriptLabel,
    loadLimitMs: how.limitMs,
    folder: setting.folder,
    signal: how.signal,
    // As a baseline is run: the files that k6 writes for the user are those of what was measured, and hold no note.
    side: 'baseline',
    onSample: how.onSample ?? (() => undefined),
    notes: {
      marker,
      take: (text) => {
        const note = parseNote(text);
        if (note !== undefined && noted.length < maxKeptNotes) noted.push(note);
      },
    },
  });
  return {
    noted,
    ...(run.exit.class !== 'ran' && !how.signal.aborted && { failure: run.exit.message ?? 'no reason given' }),
    ...(!isWrapped && { unwrapped: `${own.script} is an archive: its requests are not known, so none is asked alone` }),
  };
}

/** Rounds of the script's own iterations by one virtual user a side; each is so long and has so many of a scenario. */
const iterationRounds = 2;
const iterationMs = 2_000;
const iterationsOfScenario = 60;

/** Flags and variables of k6 that take the place of scenarios. */
const loadFlags = /^(?:-[diusx]|--(?:vus|duration|iterations|stage|rps))(?:=|$)/;
const loadVariables = ['K6_VUS', 'K6_DURATION', 'K6_ITERATIONS', 'K6_STAGES'];

/**
 * What is no GET request, or may not be repeated, is seen alone in the script's own iterations, one scenario after another
 * and one side after the other.
 */
export async function iterateAlone(
  sides: readonly InspectedSide[],
  script: number,
  endpoints: readonly string[],
  { random, signal, notes }: { readonly random: Random; readonly signal: AbortSignal; readonly notes: Set<string> },
): Promise<Answers> {
  const prepared = sides.at(-1)?.prepared;
  const flags = prepared?.scripts[script]?.user.kept ?? [];
  const isFixed =
    flags.some((flag) => loadFlags.test(flag)) ||
    loadVariables.some((name) => prepared?.setting.environment[name] !== undefined);
  if (isFixed) {
    notes.add('the load is set by flags or variables of k6, so the script was not run with one virtual user');
    return noAnswers;
  }
  const answers = new Map(sides.map(({ name }) => [name, new Map<string, Answer[][]>()]));
  for (let round = 0; round < iterationRounds; round++) {
    for (const side of random.next() < 0.5 ? sides.toReversed() : sides) {
      if (signal.aborted) break;
      const own = side.prepared.scripts[script];
      const known = Object.entries(own?.inspection.scenarios ?? {});
      const eachMs = Math.floor(iterationMs / Math.max(1, known.length));
      const scenarios = Object.fromEntries(
        known.map(([name, { exec, env }], i) => [
          name,
          {
            ...{ executor: 'per-vu-iterations', vus: 1, iterations: iterationsOfScenario, exec, env },
            ...{ startTime: `${i * eachMs}ms`, maxDuration: `${eachMs}ms`, gracefulStop: '1s' },
          },
        ]),
      );
      const run = await runNoting(side, script, {
        limitMs: 2 * iterationMs,
        signal,
        maxNotes: 300,
        maxAlike: 300,
        scenarios,
      });
      if (run.failure !== undefined) notes.add(`the script did not run with one virtual user: ${run.failure}`);
      const { groupBy } = side.prepared.setting.options;
      const byEndpoint = Map.groupBy(
        run.noted,
        (note) => side.labelOf(sampleOf(note, groupBy, side.scriptLabel)) ?? '',
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
      endpoints.map((endpoint) => ({
        endpoint,
        answers: alignRounds(endpoint, bySide.get(endpoint) ?? [], answers),
        isLoose: true,
      })),
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
function answerOf({
  method,
  url,
  status,
  headers,
  requestHeaders,
  durationMs,
  receivingMs,
  bytes,
}: RequestNote): Answer {
  const parsed = URL.parse(url);
  const length = Number(headers['content-length']);
  return {
    path: parsed === null ? url : `${parsed.pathname}${parsed.search}`,
    ...{
      method,
      status,
      headers,
      requestHeaders,
      totalMs: durationMs,
      firstByteMs: Math.max(0, durationMs - receivingMs),
    },
    wireBytes: length >= 0 ? length : (bytes ?? 0),
    ...(bytes !== undefined && { decodedBytes: bytes }),
  };
}
