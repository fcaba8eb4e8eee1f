import { join, resolve } from 'node:path';
import type { RunExit } from '../../../core/run-record/run-record.ts';
import type { RequestSample, Sample } from '../../../core/run-record/sample.ts';
import { defined } from '../../../defined.ts';
import type { Address } from '../../target/target-host.ts';
import { k6RunArguments, systemTagsFor, userOutputs } from '../binary/k6-command.ts';
import { K6Log, type LogNotes } from '../output/k6-log.ts';
import { K6JsonReader } from '../output/parse-k6-json.ts';
import {
  judgeableThresholds,
  namedThresholds,
  readThresholds,
  type SummaryThresholds,
} from '../output/summary-export.ts';
import { judgeCalls, type RecordedCall, type TargetUse } from '../script/recorded-calls.ts';
import { classifyExit, type StopReason } from './exit-class.ts';
import { GeneratorWatch, LatenessWatch } from './generator-watch.ts';
import { isolateSide } from './isolate-side.ts';
import type { MeasureOptions } from './measure-options.ts';
import type { PreparedScript } from './prepare-script.ts';
import { type K6Process, type StopPatience, shortPatience, startK6, stopK6 } from './run-k6-process.ts';

/** What one script's run left beside its samples. */
export interface ScriptRun {
  readonly exit: RunExit;
  readonly stoppedBy: StopReason | undefined;
  /** Whether a threshold of the script with `abortOnFail` ended it. */
  readonly endedByThreshold: boolean;
  readonly iterations: number;
  readonly droppedIterations: number;
  readonly bytesReceived: number;
  readonly setupAndTeardownRequests: number;
  readonly peakCpuShare: number | undefined;
  readonly startLatenessMs: number | undefined;
  readonly readerLagMs: number | undefined;
  /** Set where the dry pass had left open whether the target is used. */
  readonly targetUse: TargetUse | undefined;
  readonly warnings: readonly string[];
}

export interface ScriptRunOptions {
  readonly measure: MeasureOptions;
  readonly prepared: PreparedScript;
  readonly environment: Readonly<Record<string, string>>;
  readonly target: Address;
  /** Set where a run has several scripts. */
  readonly label: string | undefined;
  readonly loadLimitMs: number | undefined;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Aborted when enough was measured: k6 is stopped gently and its data are complete. */
  readonly enough?: AbortSignal;
  /** Set in a duet: outputs and ports of the user's are off, and files are the candidate's alone. */
  readonly side?: 'baseline' | 'candidate';
  readonly onSample: (sample: Sample) => void;
  /** Told once a second, as long as k6 says that it runs. */
  readonly onHeartbeat?: (atMs: number) => void;
  /** Takes what a wrapper around the script writes for us. */
  readonly notes?: LogNotes;
}

/**
 * Where the dry pass could not tell, a script that has called only other hosts is stopped: after a second, if an
 * iteration has come to its end by then, else when the first one does, at the latest after ten seconds.
 */
const liveCheckEveryMs = 1_000;
const maxLiveChecks = 10;

/** What k6 may take beyond its planned duration, setup and teardown. */
const overtimeMs = 30_000;

/** Runs one script with k6 to its end, or to the first reason to stop it. Never throws for what happens under load. */
export async function runScript(options: ScriptRunOptions): Promise<ScriptRun> {
  const run = new RunningScript(options);
  return run.toEnd();
}

/** A larger difference within one reading is no drift. */
const clockJumpMs = 500;

class RunningScript {
  readonly #options: ScriptRunOptions;
  readonly #log: K6Log;
  readonly #reader: K6JsonReader;
  readonly #lateness: LatenessWatch;
  readonly #liveCheck: LiveTargetCheck | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  #k6: K6Process | undefined;
  #watch: GeneratorWatch | undefined;
  #stoppedBy: StopReason | undefined;
  #stopping: Promise<void> | undefined;
  #readerLagMs: number | undefined;
  /** How far the clock of the day is from the one that nobody sets. */
  #clockOffsetMs: number | undefined;
  #hasBegun = false;

  constructor(options: ScriptRunOptions) {
    this.#options = options;
    const { measure, prepared } = options;
    this.#log = new K6Log(measure.log, measure.directory, options.notes);
    this.#lateness = new LatenessWatch(prepared.inspection);
    this.#liveCheck = prepared.targetUse.kind === 'unknown' ? new LiveTargetCheck(options.target) : undefined;
    this.#reader = new K6JsonReader({
      onSample: (sample) => this.#take(sample),
      onHeartbeat: (atMs) => this.#options.onHeartbeat?.(atMs),
      onText: (text) => {
        const lines = text.toString().replace(/\n$/, '');
        // In a duet k6 sums up rounds that were cut short: figures that nobody asked for.
        if (options.side === undefined) measure.log.info(lines);
        else measure.log.debug(lines);
      },
      ...defined({ groupBy: measure.groupBy, metricUnits: measure.metricUnits }),
      ...(options.label === undefined ? {} : { script: options.label }),
    });
  }

  async toEnd(): Promise<ScriptRun> {
    const { measure, prepared, signal, enough, side, folder } = this.#options;
    const { user, environment } =
      side === undefined
        ? { user: prepared.user, environment: this.#options.environment }
        : isolateSide(prepared.user, this.#options.environment, side);
    const ownSummary = user.summaryExport ?? environment['K6_SUMMARY_EXPORT'];
    const summaryExport = ownSummary ?? join(folder, `summary-${Date.now()}.json`);
    const startedMs = Date.now();
    const args = k6RunArguments({
      k6: measure.k6,
      script: prepared.entry,
      user,
      outputs: side === undefined ? await userOutputs(user, environment) : [],
      summaryExport: side === 'baseline' ? undefined : summaryExport,
      systemTags: systemTagsFor(user, prepared.inspection.systemTags, measure.groupBy),
      ...(measure.durationMs === undefined || measure.rate !== undefined
        ? {}
        : { duration: `${measure.durationMs}ms` }),
    });
    measure.log.debug(`${measure.k6.path} ${args.join(' ')}`);
    const k6 = await startK6({
      path: measure.k6.path,
      args,
      cwd: measure.directory,
      environment,
      onStdout: (chunk) => this.#read(chunk),
      onStderr: (chunk) => this.#log.push(chunk),
    });
    this.#k6 = k6;
    this.#watch = k6.pid === undefined ? undefined : new GeneratorWatch(k6.pid);
    this.#stopAfter(this.#longestRunMs(), 'timeout', shortPatience);
    const abort = () => this.#stop('abort', shortPatience);
    signal.addEventListener('abort', abort, { once: true });
    const stopGently = () => this.#stop('budget', this.#gentlePatience());
    enough?.addEventListener('abort', stopGently, { once: true });
    if (signal.aborted) abort();
    if (enough?.aborted === true) stopGently();
    const end = await k6.ended;
    for (const timer of this.#timers) clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    enough?.removeEventListener('abort', stopGently);
    this.#watch?.stop();
    await this.#stopping;
    this.#reader.end();
    this.#log.end();
    const thresholds = await readThresholds(resolve(measure.directory, summaryExport), startedMs);
    return this.#result(end, thresholds);
  }

  #longestRunMs(): number {
    const { totalDurationMs, setupTimeoutMs, teardownTimeoutMs } = this.#options.prepared.inspection;
    return totalDurationMs + setupTimeoutMs + teardownTimeoutMs + overtimeMs;
  }

  #read(chunk: Buffer): void {
    const { points } = this.#reader;
    const { newestMs, droppedIterations } = points;
    this.#reader.push(chunk);
    if (points.newestMs > newestMs) {
      const nowMs = this.#options.measure.clock.now();
      if (Number.isFinite(newestMs) && !this.#hasClockJumped(nowMs)) {
        this.#readerLagMs = Math.max(this.#readerLagMs ?? 0, nowMs - points.newestMs);
      }
    }
    if (points.droppedIterations > droppedIterations) this.#lateness.noteDropped(points.newestMs);
  }

  /** What was told before the clock was set, or the machine slept, only seems to have come late. */
  #hasClockJumped(nowMs: number): boolean {
    const offsetMs = nowMs - performance.now();
    const hasJumped = this.#clockOffsetMs !== undefined && Math.abs(offsetMs - this.#clockOffsetMs) > clockJumpMs;
    this.#clockOffsetMs = offsetMs;
    return hasJumped;
  }

  #take(sample: Sample): void {
    if (!this.#hasBegun) this.#begin();
    if (sample.kind === 'request') this.#liveCheck?.note(sample);
    else if (sample.kind === 'trend') this.#lateness.note(sample);
    this.#options.onSample(sample);
  }

  /** The load has begun: k6 has made its VUs, which may keep every core busy, and the clocks of budget and checks start. */
  #begin(): void {
    this.#hasBegun = true;
    this.#watch?.start();
    const { loadLimitMs } = this.#options;
    if (loadLimitMs !== undefined) this.#stopAfter(loadLimitMs, 'budget', this.#gentlePatience());
    if (this.#liveCheck !== undefined) this.#checkTargetLater(1);
  }

  /** Leaves time for teardown(). */
  #gentlePatience(): StopPatience {
    return { interruptMs: this.#options.prepared.inspection.teardownTimeoutMs + 5_000, terminateMs: 2_000 };
  }

  #checkTargetLater(attempt: number): void {
    const check = () => {
      if (this.#liveCheck?.result().kind !== 'elsewhere') return;
      const isSure = this.#reader.points.iterations > 0 || attempt >= maxLiveChecks;
      if (isSure) this.#stop('target-not-used', shortPatience);
      else this.#checkTargetLater(attempt + 1);
    };
    this.#timers.push(setTimeout(check, liveCheckEveryMs));
  }

  #stopAfter(ms: number, reason: StopReason, patience: StopPatience): void {
    // Node's timers hold at most 2^31 - 1 ms.
    this.#timers.push(setTimeout(() => this.#stop(reason, patience), Math.min(ms, 2 ** 31 - 1)));
  }

  /** The first reason stands, except that an abort beats a patient stop. */
  #stop(reason: StopReason, patience: StopPatience): void {
    if (this.#k6 === undefined || (this.#stoppedBy !== undefined && reason !== 'abort')) return;
    this.#stoppedBy = reason;
    this.#stopping = stopK6(this.#k6, patience);
  }

  #result(end: Awaited<K6Process['ended']>, thresholds: SummaryThresholds | undefined): ScriptRun {
    const { points } = this.#reader;
    const stoppedBy = this.#stoppedBy;
    const endedInTeardown = end.code === 107 && points.iterations > 0;
    const exitClass = endedInTeardown ? 'ran' : classifyExit(end, stoppedBy);
    const message = end.startError ?? this.#stopMessage() ?? this.#log.message;
    const named = namedThresholds(end.code, thresholds?.crossed, this.#log.crossedMetrics);
    const { kept, leftOut } = stoppedBy === 'budget' ? judgeableThresholds(named) : { kept: named, leftOut: [] };
    const warnings = [...this.#reader.warnings()];
    if (leftOut.length > 0) {
      warnings.push(`k6's own thresholds on counts don't apply to a run that was ended early: ${leftOut.join('; ')}`);
    }
    if (endedInTeardown) warnings.push(`teardown() failed after the load: ${this.#log.message ?? 'no reason given'}`);
    return {
      exit: {
        class: exitClass,
        ...exitStatus(end, stoppedBy),
        crossedThresholds: kept,
        ...(thresholds !== undefined && thresholds.held.length > 0 && { otherThresholds: thresholds.held }),
        thrownIterations: this.#log.thrownIterations,
        ...(message === undefined ? {} : { message }),
      },
      stoppedBy,
      endedByThreshold: this.#log.endedByThreshold,
      iterations: points.iterations,
      droppedIterations: points.droppedIterations,
      bytesReceived: points.bytesReceived,
      setupAndTeardownRequests: points.setupAndTeardownRequests,
      peakCpuShare: this.#watch?.peakCpuShare,
      startLatenessMs: this.#lateness.worstMs(),
      readerLagMs: this.#readerLagMs === undefined ? undefined : Math.max(0, Math.round(this.#readerLagMs)),
      targetUse: this.#liveCheck?.result(),
      warnings,
    };
  }

  #stopMessage(): string | undefined {
    if (this.#stoppedBy !== 'timeout') return undefined;
    return `k6 had not ended after ${Math.round(this.#longestRunMs() / 1000)} s, well past its planned duration`;
  }
}

/**
 * A k6 that we stopped counts as interrupted (105) however hard it had to be stopped; only one that had to be killed
 * although it had all the time it wanted must have stood still before.
 */
function exitStatus(
  end: Awaited<K6Process['ended']>,
  stoppedBy: StopReason | undefined,
): Pick<RunExit, 'code' | 'signal'> {
  if (stoppedBy === 'budget' && end.signal === 'SIGKILL') return { signal: 'SIGKILL' };
  if (stoppedBy !== undefined && (end.signal !== undefined || stoppedBy !== 'budget')) return { code: 105 };
  return {
    ...(end.code === undefined ? {} : { code: end.code }),
    ...(end.signal === undefined ? {} : { signal: end.signal }),
  };
}

/** Requests looked at before the check stops listening. */
const maxCalls = 2_000;

/**
 * Where do the first measured requests go? Takes the place of the dry pass where that proved nothing. A request that the
 * script gave a name doesn't tell its address any more, so with such requests alone the answer stays `unknown`.
 */
export class LiveTargetCheck {
  readonly #calls: RecordedCall[] = [];
  #unnamed = 0;
  #silent = 0;
  readonly #target: Address;

  constructor(target: Address) {
    this.#target = target;
  }

  note(sample: RequestSample): void {
    if (this.#calls.length >= maxCalls) return;
    if (sample.protocol === 'http' && /^https?:\/\/[^$]/i.test(sample.name)) {
      this.#unnamed += 1;
      this.#calls.push({ protocol: 'http', address: sample.name });
    } else {
      this.#silent += 1;
    }
  }

  /** Any request seen yet? */
  get hasBegun(): boolean {
    return this.#unnamed + this.#silent > 0;
  }

  result(): TargetUse {
    const silent = this.#silent > 0 ? 'its requests carry names in place of addresses' : undefined;
    return judgeCalls(this.#calls, this.#target, silent);
  }
}
