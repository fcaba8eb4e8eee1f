import { RunCollector, type RunSeries } from '../../../core/run-record/collect-run.ts';
import type { Sample } from '../../../core/run-record/sample.ts';
import { redactor, redactSamples } from '../../target/redact-secret.ts';
import { hostForms } from '../../target/target-host.ts';
import type { PreparedTarget } from '../run/prepare-target.ts';
import { runScript, type ScriptRun } from '../run/run-script.ts';

export type SideName = 'baseline' | 'candidate';

/** Time blocks of one round of load, as they are numbered over the whole duet. */
export interface RoundBlocks {
  readonly firstBlock: number;
  readonly endBlock: number;
}

/** How long before the newest sample nothing can be missing any more: k6 hands its samples on every 200 ms. */
const settledAfterMs = 500;
/** A side without samples for this long is silent, not late. */
const silentAfterMs = 3_000;

/** One side of a duet: runs k6 round by round and gathers what it says into blocks on a clock that both sides share. */
export class DuetSide {
  readonly name: SideName;
  readonly runs: ScriptRun[] = [];
  readonly #collector: RunCollector;
  readonly #keep: (sample: Sample) => void;
  readonly #now: () => number;
  #waiting: Sample[] = [];
  #hasOrigin = false;
  #newestMs = Number.NEGATIVE_INFINITY;
  #firstStartMs: number | undefined;
  #onBegin: (() => void) | undefined;

  /** `places` are the targets that this side may have, more than one where roles are swapped. */
  constructor(name: SideName, places: readonly PreparedTarget[], timing: { warmUpMs: number; blockLengthMs: number }) {
    this.name = name;
    this.#collector = new RunCollector({
      ...timing,
      targetHosts: [...new Set(places.flatMap((place) => hostForms(place.setting.target)))],
    });
    const options = places[0]?.setting.options;
    const collect = (sample: Sample) => this.#collector.add(sample);
    const header = options?.bypassHeader;
    this.#keep = header === undefined ? collect : redactSamples(redactor(header.value), collect);
    this.#now = () => options?.clock.now() ?? Number.NaN;
  }

  get collector(): RunCollector {
    return this.#collector;
  }

  /** Unix ms at which this round's load started; undefined until then. */
  get firstStartMs(): number | undefined {
    return this.#firstStartMs;
  }

  /** Everything that ended before this Unix time in ms has been read. */
  get settledMs(): number {
    return Math.max(this.#newestMs - settledAfterMs, this.#now() - silentAfterMs);
  }

  /** Unix ms of the newest sample. */
  get newestMs(): number {
    return this.#newestMs;
  }

  seriesBefore(endBlock: number): RunSeries {
    return this.#collector.seriesBefore(endBlock);
  }

  /** Runs k6 once; samples wait until `startClock` says when the round began. Resolves when k6 is gone. */
  async run(
    place: PreparedTarget,
    script: number,
    round: { readonly label: string | undefined; readonly enough: AbortSignal; readonly onBegin: () => void },
  ): Promise<ScriptRun> {
    this.#hasOrigin = false;
    this.#waiting = [];
    this.#firstStartMs = undefined;
    this.#newestMs = Number.NEGATIVE_INFINITY;
    this.#onBegin = round.onBegin;
    const { setting } = place;
    const prepared = place.scripts[script];
    if (prepared === undefined) throw new TypeError(`there is no script ${script}`);
    const run = await runScript({
      measure: setting.options,
      prepared,
      environment: setting.environment,
      target: setting.target,
      label: round.label,
      loadLimitMs: undefined,
      folder: setting.folder,
      signal: setting.signal,
      enough: round.enough,
      side: this.name,
      onSample: (sample) => this.#take(sample),
    });
    this.runs.push(run);
    return run;
  }

  /** Places this round's samples, those that waited and those to come, on the blocks that begin at `originMs`. */
  startClock(originMs: number, blocks: RoundBlocks): void {
    this.#collector.beginRound({ originMs, ...blocks });
    this.#hasOrigin = true;
    for (const sample of this.#waiting) this.#keep(sample);
    this.#waiting = [];
  }

  #take(sample: Sample): void {
    const atMs = sample.kind === 'request' ? sample.endedAtMs : sample.atMs;
    if (atMs > this.#newestMs) this.#newestMs = atMs;
    if (this.#firstStartMs === undefined) {
      this.#firstStartMs = sample.kind === 'request' ? sample.endedAtMs - sample.durationMs : atMs;
      this.#onBegin?.();
    }
    if (this.#hasOrigin) this.#keep(sample);
    else this.#waiting.push(sample);
  }
}
