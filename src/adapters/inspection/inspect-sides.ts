import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SideInspection } from '../../core/evidence/outside/inspection.ts';
import { endpointLabels } from '../../core/evidence/outside/label-requests.ts';
import { type NotedAnswer, readsAfterWrites } from '../../core/evidence/outside/stale-reads.ts';
import type { Random } from '../../core/stats/random.ts';
import type { AskedInspection, Inspection } from '../../ports.ts';
import type { MeasureOptions } from '../k6/run/measure-options.ts';
import type { PreparedScript } from '../k6/run/prepare-script.ts';
import { prepareTarget } from '../k6/run/prepare-target.ts';
import { withTemporaryFolder } from '../k6/run/temporary-folder.ts';
import type { RequestNote } from '../k6/script/request-notes.ts';
import { importsModule } from '../k6/script/script-code.ts';
import { hostForms } from '../target/target-host.ts';
import { askAlone, type Question, questionsOf } from './ask-alone.ts';
import { type InspectedSide, noAnswers, type SideName, sampleOf } from './inspected-side.ts';
import { iterateAlone, runLoaded } from './loaded-phase.ts';
import { Probe } from './probe.ts';

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
const budgetMs = 26_000;

/** The script's own load once more, at most; shorter where its iterations are asked for alone as well. */
const loadedMs = 10_000;
const loadedBesideIterationsMs = 6_000;
const idleCanaries = 12;

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
      const side = await openSide(name, own, join(folder, name), asked, ends);
      if (typeof side === 'string') return { candidate: nothing, notes: [side] };
      sides.push(side);
    }
    const script = scriptOf(sides.at(-1)?.prepared.scripts ?? [], asked);
    if (script === undefined) return { candidate: nothing, notes: ['no script of this run could be looked at again'] };
    for (const note of whatOtherScriptsAsk(sides, asked)) notes.add(note);
    for (const note of whatIsNotSeen(sides.at(-1)?.prepared.scripts[script])) notes.add(note);
    const limitMs = needsIterations(asked) ? loadedBesideIterationsMs : loadedMs;
    const loaded = await runLoaded(sides, script, options, { limitMs, ends, notes });
    if (options.mayProbe) await askIdleCanaries(sides, ends);
    const questions = options.mayProbe ? questionsOf(loaded, sides) : new Map<string, Question[]>();
    const { random } = options;
    const untold = asked.endpoints.filter((endpoint) => !questions.has(endpoint));
    const canIterate = options.mayProbe && untold.length > 0 && !signal.aborted;
    const iterated = canIterate
      ? await iterateAlone(sides, script, untold, { random, signal: ends, notes })
      : noAnswers;
    const alone = signal.aborted
      ? noAnswers
      : await askAlone(questions, sides, asked, { endMs, random, signal: ends, notes });
    const inspected = (name: SideName): SideInspection | undefined => {
      const side = sides.find((one) => one.name === name);
      const phase = loaded.get(name);
      const answers = [...(alone.get(name) ?? []), ...(iterated.get(name) ?? [])];
      const afterWrites = side && readsAfterWrites(notedAnswers(phase?.notes ?? [], side));
      return (
        side && {
          ...{ alone: answers, idle: side.idle },
          ...(phase?.phase && { loaded: phase.phase }),
          ...(afterWrites && { afterWrites }),
        }
      );
    };
    const baseline = inspected('baseline');
    return { candidate: inspected('candidate') ?? nothing, notes: [...notes], ...(baseline && { baseline }) };
  });
}

const nothing: SideInspection = { alone: [], idle: [] };

/** A text says why the side can't be looked at. */
async function openSide(
  name: SideName,
  options: MeasureOptions,
  folder: string,
  asked: AskedInspection,
  signal: AbortSignal,
): Promise<InspectedSide | string> {
  await mkdir(folder);
  const { log } = options;
  const quiet = { info: log.debug, warn: log.debug, debug: log.debug };
  const prepared = await prepareTarget({ ...options, log: quiet }, folder, signal);
  if (prepared.kind === 'not-measured') return `the ${name} side could not be looked at again: ${prepared.detail}`;
  const { target } = prepared.setting;
  const { bypassHeader: header, environment } = options;
  const probe = await Probe.open({
    url: options.target.url,
    readyPath: options.wait.path,
    environment,
    log: quiet,
    ...(header && { header }),
  });
  const script = prepared.scripts[scriptOf(prepared.scripts, asked) ?? -1]?.script;
  const scriptLabel = prepared.scripts.length > 1 && script !== undefined ? basename(script) : undefined;
  const labelOf = endpointLabels(asked.record.endpoints, hostForms(target));
  return { name, prepared, probe, labelOf, scriptLabel, idle: [] };
}

/** The script that asks the most important endpoint; undefined where none can be run again. */
function scriptOf(scripts: readonly PreparedScript[], { endpoints, record }: AskedInspection): number | undefined {
  const wanted = record.endpoints.find(({ endpoint }) => endpoint === endpoints[0])?.script;
  const at = scripts.findIndex(({ script }) => wanted === undefined || basename(script) === wanted);
  return at < 0 ? undefined : at;
}

/** One script alone is run again, for time. */
function whatOtherScriptsAsk(sides: readonly InspectedSide[], { endpoints, record }: AskedInspection): string[] {
  const script = sides.at(-1)?.scriptLabel;
  if (script === undefined) return [];
  const others = record.endpoints.filter(
    (one) => endpoints.includes(one.endpoint) && (one.script ?? script) !== script,
  );
  return others.length === 0
    ? []
    : [`only ${script} was run again, so of ${others.map(({ endpoint }) => endpoint).join(', ')} nothing was seen`];
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

function notedAnswers(notes: readonly RequestNote[], { prepared, labelOf, scriptLabel }: InspectedSide): NotedAnswer[] {
  return notes.flatMap((note) => {
    const url = URL.parse(note.url);
    const endpoint = labelOf(sampleOf(note, prepared.setting.options.groupBy, scriptLabel));
    if (url === null || endpoint === undefined) return [];
    const { method, status, endedAtMs, bodyHash } = note;
    const path = `${url.pathname}${url.search}`;
    return [{ endpoint, method, path, status, endedAtMs, ...(bodyHash !== undefined && { bodyHash }) }];
  });
}
