import type { ComparisonResult } from './core/comparison/comparison-result.ts';
import type { DuetOrder, Placement } from './core/comparison/paired/duet-plan.ts';
import type { DuetLook } from './core/comparison/paired/duet-test.ts';
import type { BlockPair } from './core/comparison/paired/paired-blocks.ts';
import type { SideInspection } from './core/evidence/outside/inspection.ts';
import type { MeasuredJob } from './core/joining/measured-job.ts';
import type { Narrative } from './core/narrative/narrative.ts';
import type { NarrativeFacts } from './core/narrative/narrative-facts.ts';
import type { Report } from './core/report/model/report-model.ts';
import type { RecordedAcceptance, RunRecord } from './core/run-record/run-record.ts';
import type { InvalidReason } from './core/validity/validity.ts';
import type { Decided } from './core/verdict/build-verdict.ts';

/** What the story in `gate.ts` needs from the world; each folder of `adapters/` implements one of these. */

/** Makes load with the user's scripts and turns what k6 says into a run record. */
export interface Measurer {
  /** Throws `GateError` for a missing script or k6; everything that happens under load is a value. */
  measure(signal: AbortSignal): Promise<Measurement>;
}

export type Measurement = { readonly kind: 'measured'; readonly record: RunRecord } | NotMeasured;

export interface NotMeasured {
  readonly kind: 'not-measured';
  readonly reason: InvalidReason;
  /** One sentence with the offending value. */
  readonly detail: string;
  /** What to change. */
  readonly hint: string;
}

/** Makes load on two targets and hands on every pair of time blocks while it runs. */
export interface DuetMeasurer {
  /**
   * Calls `begin` once, before any load, and ends early when the judge says `stop`. Throws `GateError` for a missing
   * script or k6; everything that happens under load is a value.
   */
  measure(begin: (setup: DuetSetup) => DuetJudge, signal: AbortSignal): Promise<DuetMeasurement>;
}

/** What is fixed before the first request of a duet. */
export interface DuetSetup {
  /** Names this duet, the same for both records. */
  readonly pairId: string;
  readonly plannedPairs: number;
  readonly blockLengthMs: number;
  readonly order: DuetOrder;
  readonly placement: Placement;
  /** Whether virtual users wait for their answers, so that a slow side gets fewer requests. */
  readonly isClosedModel: boolean;
}

export interface DuetJudge {
  /** Takes all pairs so far, whenever there are more, and both sides before block `endBlock`. */
  look(
    pairs: readonly BlockPair[],
    seen: { readonly sides: readonly Pick<RunRecord, 'endpoints' | 'blockLengthMs'>[]; readonly endBlock: number },
  ): 'go-on' | 'stop';
}

/** Shows the person who waits for a duet how it stands. */
export interface DuetProgress {
  /** After every complete pair. */
  show(state: DuetState): void;
  end(): void;
}

export interface DuetState {
  readonly setup: DuetSetup;
  /** Complete pairs, of which the last look may have seen fewer. */
  readonly pairs: number;
  readonly look: DuetLook;
  /** What is known as of the last look; takes some computing. */
  readonly result: () => ComparisonResult;
}

export type DuetMeasurement =
  | {
      readonly kind: 'measured';
      readonly baseline: RunRecord;
      readonly candidate: RunRecord;
      /** Of the two sides together; those of one side are in its record. */
      readonly warnings: readonly string[];
      /** Ended by Ctrl-C or by the runner; what was measured until then is complete. */
      readonly wasInterrupted: boolean;
    }
  | NotMeasured;

/** Looks again, from outside, at what was measured, to find out why it is slow. Never changes what was measured. */
export interface Inspector {
  /** What goes wrong is in the notes. Throws `GateError` only when the gate itself is broken. */
  inspect(asked: AskedInspection, signal: AbortSignal): Promise<Inspection>;
}

export interface AskedInspection {
  /** Labels of the endpoints that it is about, most important first. */
  readonly endpoints: readonly string[];
  /** Whether the others are asked too, twice each, for what their headers allow. */
  readonly others: boolean;
  /** The run that knows the endpoints. */
  readonly record: RunRecord;
  /** Two sides, where a duet decided; else the target alone. */
  readonly sides: 'both' | 'target';
}

export interface Inspection {
  /** Absent where one side alone was looked at. */
  readonly baseline?: SideInspection;
  readonly candidate: SideInspection;
  /** What could not be seen, in sentences without a full stop. */
  readonly notes: readonly string[];
}

/** Keeps run records; append-only. */
export interface BaselineStore {
  /** What it is called in messages: `dir:baselines`. */
  readonly label: string;
  /** All readable records, oldest first; a damaged one is left out and named in `warnings`. */
  list(): Promise<StoredRuns>;
  /** Throws `GateError` where it is plain already that nothing can be stored; absent where only storing shows it. */
  prepare?(): Promise<void>;
  /** Stores `record`; storing the same id again changes nothing. Throws `GateError` when it can't be written. */
  append(record: RunRecord): Promise<void>;
  /**
   * Puts what `change` makes of the stored run `id` in its place; a run that `change` gives back as it is stays as it is.
   * Two at once leave the whole of one result, never half of each. `not-there`: no run has that id. Throws `GateError`
   * when it can't be written; absent where what is stored can't be changed.
   */
  revise?(id: string, change: RunChange): Promise<'revised' | 'not-there'>;
  /** Removes the runs that `choose` names and forgets their history. absent where nothing can be removed. */
  prune?(choose: (records: readonly RunRecord[]) => readonly RunRecord[]): Promise<Pruned>;
}

/** May be called several times, where others write at the same time. */
export type RunChange = (record: RunRecord) => RunRecord;

export interface StoredRuns {
  readonly records: readonly RunRecord[];
  readonly warnings: readonly string[];
  /** Which ones of all they are, behind `5 runs`: `up to the merge base 1234567`; absent where all are meant. */
  readonly choice?: string;
}

export interface Pruned {
  readonly removed: readonly string[];
  readonly kept: number;
}

/** Puts what was found into plain English. */
export interface Narrator {
  /**
   * The report's paragraph; undefined for a report without one. Every failure is a paragraph too, in the template's
   * wording and with one line saying why.
   */
  tell(facts: NarrativeFacts, signal: AbortSignal): Promise<Narrative | undefined>;
}

/** Adds files to one branch by compare-and-swap; who calls redoes a conflict. */
export interface BranchWriter {
  /**
   * One try to commit `file` on top of the branch's present tip; without a branch it becomes the first commit of an
   * orphan one. A file of that path is left as it is. `unanswered`: the server had trouble of its own, and whether the
   * file was added isn't known. Throws `GateError` where another try can't help.
   */
  tryAdd(file: BranchFile): Promise<'added' | 'already-there' | 'conflict' | 'unanswered'>;
}

export interface BranchFile {
  /** Inside the branch, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Of the commit. */
  readonly message: string;
}

/** Asks, when the verdict stands, whether somebody who may do so accepted what it found. */
export interface Acceptor {
  accept(decided: Decided): Promise<Accepted>;
}

export interface Accepted {
  readonly decided: Decided;
  /** Sentences for the report, such as who accepted what. */
  readonly warnings: readonly string[];
  /** Set when the run's change was merged with an accepted slowdown: to be kept with its record. */
  readonly recorded?: RecordedAcceptance;
}

/** Where people and machines read what came out. A sink that fails degrades to a warning. */
export interface ReportSink {
  readonly label: string;
  write(report: RenderedReport): Promise<void>;
}

/** One report, as a model for surfaces that lay it out themselves and as finished files. */
export interface RenderedReport {
  readonly report: Report;
  readonly json: string;
  readonly markdown: string;
  /** The run record as JSON; absent when nothing was measured. */
  readonly runRecord?: string;
  /** When the newest of what is told began to be measured, ISO 8601; absent when nothing was. */
  readonly measuredAt?: string;
  /** Another report follows: what is suspected is being measured again. */
  readonly isInterim?: true;
  /** What was measured, by file name, for a job that decides from it. */
  readonly jobFiles?: Readonly<Record<string, string>>;
}

/** Reads what other jobs measured. */
export interface JobReader {
  /** Where it looks, as messages call it. */
  readonly label: string;
  /** Nothing there is no error. Throws `GateError` for an artifact that is none of ours. */
  read(): Promise<readonly MeasuredJob[]>;
}

/** Progress for the person who waits. Each adapter escapes for its own medium. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  debug(message: string): void;
}

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}
