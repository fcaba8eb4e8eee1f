import { basename, resolve } from 'node:path';
import { pairBlocks } from '../../../core/comparison/paired/paired-blocks.ts';
import type { RunRecord } from '../../../core/run-record/run-record.ts';
import type { DuetJudge, DuetMeasurement, NotMeasured } from '../../../ports.ts';
import { describeIdentityChange, identifyTarget } from '../../target/target-identity.ts';
import { joinRuns } from '../run/join-runs.ts';
import { targetNotUsed } from '../run/prepare-script.ts';
import { type PreparedTarget, waitUntilReady } from '../run/prepare-target.ts';
import { hashScripts, runFingerprint } from '../run/run-fingerprint.ts';
import { type Hook, runHook } from '../run/run-hook.ts';
import { loadText } from '../run/run-scripts.ts';
import { loadModelOf } from '../script/load-model.ts';
import { readSources } from '../script/script-sources.ts';
import { runAlternatingRound, runConcurrentRound, type SidePlace } from './concurrent-round.ts';
import type { DuetPlaces } from './duet-places.ts';
import { type DuetSchedule, nextRound } from './duet-schedule.ts';
import { DuetSide, type SideName } from './duet-side.ts';
import type { DuetOptions } from './measure-duet.ts';

interface DuetRunSetting {
  readonly options: DuetOptions;
  readonly places: DuetPlaces;
  readonly schedule: DuetSchedule;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Parts of a duet between restarts; in every second one the sides have swapped their addresses. */
const partsWithRestarts = 3;

/** A duet under way: round after round until all pairs are there, the judge has seen enough, or a side breaks. */
export class DuetRun {
  readonly #setting: DuetRunSetting;
  readonly #sides: Readonly<Record<SideName, DuetSide>>;
  readonly #load: string;
  #pairs = 0;
  #isDecided = false;

  constructor(setting: DuetRunSetting) {
    this.#setting = setting;
    const { places, schedule } = setting;
    const all = Object.values(places).flatMap(({ own, swapped }) => (swapped === undefined ? [own] : [own, swapped]));
    this.#sides = {
      baseline: new DuetSide('baseline', all, schedule),
      candidate: new DuetSide('candidate', all, schedule),
    };
    this.#load = loadText(places.candidate.own.scripts);
  }

  get isClosedModel(): boolean {
    return loadModelOf(this.#setting.places.candidate.own.scripts.map(({ inspection }) => inspection)) === 'closed';
  }

  async measure(judge: DuetJudge, warnings: readonly string[]): Promise<DuetMeasurement> {
    const { schedule, options, signal } = this.#setting;
    this.#tellBeginning();
    const parts = options.restartCommand === undefined ? 1 : partsWithRestarts;
    for (let part = 0; part < parts && !this.#isOver(); part++) {
      const limit = Math.round((schedule.plannedPairs * (part + 1)) / parts);
      const measurePart = () => this.#measurePart(judge, part, limit);
      const refusal = (await this.#restart(part)) ?? (await whileTargetsStay(this.#placesOf(part), measurePart));
      if (refusal !== undefined && !signal.aborted) return refusal;
    }
    return (await this.#findChange()) ?? this.#finish(warnings);
  }

  /** Nothing more is to be measured, or can be. */
  #isOver(): boolean {
    const { signal } = this.#setting;
    const runs = Object.values(this.#sides).flatMap((side) => side.runs);
    const isBroken = runs.some((run) => run.exit.class !== 'ran' || run.endedByThreshold);
    return this.#isDecided || isBroken || signal.aborted;
  }

  async #measurePart(judge: DuetJudge, part: number, limit: number): Promise<NotMeasured | undefined> {
    while (!this.#isOver() && this.#pairs < limit) {
      const before = this.#pairs;
      const places = this.#placesOf(part);
      const refusal = (await this.#reset(places)) ?? (await this.#measureRound(judge, places, limit));
      if (refusal !== undefined) return refusal;
      if (this.#pairs === before) break;
    }
    return undefined;
  }

  async #measureRound(judge: DuetJudge, places: readonly SidePlace[], limit: number): Promise<NotMeasured | undefined> {
    const { schedule } = this.#setting;
    const { scripts } = this.#setting.places.candidate.own;
    const round = nextRound(schedule, this.#pairs, limit);
    if (round === undefined) return undefined;
    const run = schedule.order === 'concurrent' ? runConcurrentRound : runAlternatingRound;
    this.#pairs = await run(places, {
      script: round.script,
      label: scripts.length > 1 ? basename(scripts[round.script]?.script ?? '') : undefined,
      blocks: round,
      warmUpMs: schedule.warmUpMs,
      blockLengthMs: schedule.blockLengthMs,
      onBlocks: (complete) => this.#look(judge, complete),
    });
    return this.#findUnusedTarget(round.script);
  }

  #look(judge: DuetJudge, complete: number): 'go-on' | 'stop' {
    const { baseline, candidate } = this.#sides;
    const sides = [baseline.seriesBefore(complete), candidate.seriesBefore(complete)] as const;
    const answer = judge.look(pairBlocks(...sides).pairs, { sides, endBlock: complete });
    this.#isDecided ||= answer === 'stop';
    return answer;
  }

  /** Which side goes first, by the coin, and where each of them is in this part. */
  #placesOf(part: number): SidePlace[] {
    const { places, options } = this.#setting;
    const at = (side: SideName): SidePlace => {
      const { own, swapped } = places[side];
      return { side: this.#sides[side], place: part % 2 === 1 ? (swapped ?? own) : own };
    };
    const isBaselineFirst = options.random.next() < 0.5;
    return isBaselineFirst ? [at('baseline'), at('candidate')] : [at('candidate'), at('baseline')];
  }

  async #restart(part: number): Promise<NotMeasured | undefined> {
    const { options, folder, signal } = this.#setting;
    const command = options.restartCommand;
    return command === undefined ? undefined : restartSides({ command, places: this.#placesOf(part), folder, signal });
  }

  async #reset(places: readonly SidePlace[]): Promise<NotMeasured | undefined> {
    const { options, folder, signal } = this.#setting;
    const command = options.candidate.resetCommand;
    return command === undefined ? undefined : runHooks({ name: 'reset-command', command, places, folder, signal });
  }

  /** Where the dry pass could not tell, the load itself shows whether a script uses its target. */
  #findUnusedTarget(script: number): NotMeasured | undefined {
    for (const side of Object.values(this.#sides)) {
      const use = side.runs.at(-1)?.targetUse;
      const { setting, scripts } = this.#setting.places[side.name].own;
      const prepared = scripts[script];
      if (use?.kind === 'elsewhere' && prepared !== undefined) {
        return targetNotUsed(prepared.script, use.hosts, prepared.sources, setting);
      }
    }
    return undefined;
  }

  /** The script must be the same at the end as at the beginning. */
  async #findChange(): Promise<NotMeasured | undefined> {
    const { places, signal } = this.#setting;
    return signal.aborted ? undefined : findChangedScript(places.candidate.own);
  }

  #tellBeginning(): void {
    const { schedule, options } = this.#setting;
    const { order, plannedPairs, blockLengthMs } = schedule;
    const judged = `${(plannedPairs * blockLengthMs) / 1000} s a side at most, ${plannedPairs} pairs of ${blockLengthMs / 1000} s`;
    const how = order === 'concurrent' ? 'both sides at once' : 'the sides in turn';
    options.candidate.log.info(`running ${how} with k6 ${options.candidate.k6.version}, ${judged}: ${this.#load}`);
  }

  /** The candidate's thresholds count and are told as such; the baseline's only end the measuring. */
  #thresholdWarnings(): string[] {
    if (!this.#sides.baseline.runs.some((run) => run.endedByThreshold)) return [];
    const { plannedPairs } = this.#setting.schedule;
    return [
      `the baseline side ended after ${this.#pairs} of ${plannedPairs} pairs: a threshold of the script with abortOnFail was crossed there`,
    ];
  }

  #finish(warnings: readonly string[]): DuetMeasurement {
    const { options, places, signal } = this.#setting;
    const record = (name: SideName) =>
      recordOfSide(this.#sides[name], places[name].own, {
        pairId: options.pairId,
        isEqualCode: options.isEqualCode === true,
        pairs: this.#pairs,
        load: this.#load,
        wasInterrupted: signal.aborted,
      });
    return {
      kind: 'measured',
      baseline: record('baseline'),
      candidate: record('candidate'),
      warnings: [...warnings, ...this.#thresholdWarnings()],
      wasInterrupted: signal.aborted,
    };
  }
}

/** Does `work`, during which both targets must stay who they are; resolves to what `work` does when they did. */
export async function whileTargetsStay(
  places: readonly SidePlace[],
  work: () => Promise<NotMeasured | undefined>,
): Promise<NotMeasured | undefined> {
  const identify = () => Promise.all(places.map(({ place }) => identifyTarget(place.setting.options)));
  const before = await identify();
  const refusal = await work();
  if (refusal !== undefined || places.some(({ place }) => place.setting.signal.aborted)) return refusal;
  const after = await identify();
  for (const [i, { side, place }] of places.entries()) {
    const change = describeIdentityChange(before[i], after[i]);
    if (change === undefined) continue;
    return {
      kind: 'not-measured',
      reason: 'target-changed',
      detail: `the ${side.name} side at ${place.setting.options.target.url} changed while it was measured: ${change}`,
      hint: 'Deploy nothing to either side while they are measured, and give the load a login that lasts.',
    };
  }
  return undefined;
}

interface HookRun {
  readonly name: Hook['name'];
  readonly command: string;
  readonly places: readonly SidePlace[];
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Runs a command of the user's for each side, one after the other; undefined when all went well. */
async function runHooks({ name, command, places, folder, signal }: HookRun): Promise<NotMeasured | undefined> {
  for (const { side, place } of places) {
    const { environment, directory, target, log } = place.setting.options;
    log.debug(`${name} for the ${side.name} side at ${target.url}`);
    const hook = { name, command, side: side.name, url: target.url };
    const refusal = await runHook(hook, { environment, directory, folder, signal });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Fresh processes of both sides, each at its place, and both ready again. */
async function restartSides(run: Omit<HookRun, 'name'>): Promise<NotMeasured | undefined> {
  const refusal = await runHooks({ ...run, name: 'restart-command' });
  if (refusal !== undefined) return refusal;
  for (const { side, place } of run.places) {
    const notReady = await waitUntilReady(place, run.signal);
    if (notReady !== undefined) return { ...notReady, detail: `the ${side.name} side: ${notReady.detail}` };
  }
  return undefined;
}

/** The record of one side: everything in its complete blocks, and what its k6 processes left beside their samples. */
function recordOfSide(
  side: DuetSide,
  { scripts, setting }: PreparedTarget,
  duet: {
    readonly pairId: string;
    readonly isEqualCode: boolean;
    readonly pairs: number;
    readonly load: string;
    readonly wasInterrupted: boolean;
  },
): RunRecord {
  const { options } = setting;
  const joined = joinRuns(side.runs);
  const sources = scripts.map((script) => script.sources);
  const fingerprint = runFingerprint({
    name: options.name,
    ...(options.environmentLabel === undefined ? {} : { environmentLabel: options.environmentLabel }),
    load: duet.load,
    k6: options.k6,
    scriptHash: hashScripts(sources, options.directory),
    environment: options.environment,
  });
  const pair = {
    id: duet.pairId,
    side: side.name,
    order: side.name === 'baseline' ? 0 : 1,
    ...(duet.isEqualCode && { isEqualCode: true as const }),
  };
  const facts = {
    ...joined,
    loadModel: loadModelOf(scripts.map(({ inspection }) => inspection)),
    fingerprint,
    provenance: { ...options.provenance, deployment: options.target.url, pair },
    // Cut short by a person, what was measured until then is whole.
    exit: duet.wasInterrupted ? { ...joined.exit, class: 'ran' as const } : joined.exit,
    startedAtMs: options.clock.now(),
  };
  return side.collector.finish(facts, duet.pairs);
}

/** Reads the scripts again: both sides must have run the same files; undefined when they did. */
async function findChangedScript({ scripts, setting }: PreparedTarget): Promise<NotMeasured | undefined> {
  const { directory } = setting.options;
  for (const { script, sources } of scripts) {
    const now = await readSources(resolve(directory, script));
    if (hashScripts([now], directory) === hashScripts([sources], directory)) continue;
    return {
      kind: 'not-measured',
      reason: 'script-changed',
      detail: `${script}, or a file that it imports, changed while it ran`,
      hint: 'Let nothing write to the scripts while they run.',
    };
  }
  return undefined;
}
