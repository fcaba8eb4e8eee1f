import type { DuetOrder, Placement } from '../core/comparison/paired/duet-plan.ts';
import type { Thresholds } from '../core/thresholds/thresholds.ts';
import type { FailOn } from '../core/verdict/build-verdict.ts';
import type { GivenSettings } from '../printed-command.ts';
import type { Rate } from './parse-values.ts';

/** `auto` is a duet where there is a `baseline-url`, records on a push to the default branch, and otherwise compares with the stored runs. */
export type Mode = 'auto' | 'stored' | 'duet' | 'record' | 'calibrate' | 'measure' | 'decide';

/** Everything that the inputs and `.tailgate.yml` say, checked and typed. */
export interface Config {
  /** Keys baseline, comment and check: runs of one name are compared with each other. */
  readonly name: string;
  readonly mode: Mode;
  /** Absent only where no load is made. */
  readonly target?: Target;
  /** Absent where nothing is measured side by side. */
  readonly duet?: DuetConfig;
  /** Where two sides run, or ran, that are paired. */
  readonly placement: Placement | 'auto';
  /** Brings the data of a side into a known state. */
  readonly resetCommand?: string;
  /** Paths as given, at least one where load is made. */
  readonly scripts: readonly string[];
  /** Replaces what the script says; absent: as the script says. */
  readonly durationMs?: number;
  readonly rate?: Rate;
  readonly k6: K6Config;
  /** For both sides; `baselineEnv` goes only into runs that are recorded, `candidateEnv` only into runs that are judged. */
  readonly env: readonly EnvironmentEntry[];
  readonly baselineEnv: readonly EnvironmentEntry[];
  readonly candidateEnv: readonly EnvironmentEntry[];
  readonly readiness: Readiness;
  /** Sent to the target's host only; its value is a secret. */
  readonly bypassHeader?: HeaderField;
  readonly baselineStore:
    | { readonly kind: 'directory'; readonly path: string }
    /** An orphan branch of the repository. */
    | { readonly kind: 'branch'; readonly name: string };
  /** Label of where the target runs, such as `preview`; runs of different labels are not compared. */
  readonly environment?: string;
  /** Absent: 10 s or a tenth of the duration, whichever is less. */
  readonly warmUpMs?: number;
  /** Longest judged load; absent: as long as the script runs. */
  readonly timeBudgetMs?: number;
  /** Absent: 5 s, in an alternating duet 10 s. */
  readonly blockLengthMs?: number;
  /** Tag of k6 samples whose value takes the place of the request name. */
  readonly groupBy?: string;
  readonly thresholds: Thresholds;
  readonly failOn: readonly FailOn[];
  readonly narrative: NarrativeConfig;
  readonly inspection: { readonly when: 'auto' | 'always' | 'never'; readonly mayProbe: boolean };
  readonly talking: Talking;
  readonly betweenJobs: BetweenJobs;
  /** How often a suspicious run is measured again; 0, 1 or 2. */
  readonly maxRepeats: number;
  /** Where reports and run records are written. */
  readonly reportDir: string;
  /** What the report's commands carry, so that they measure as this run did. */
  readonly given: GivenSettings;
}

/** Where a side is: its address without a trailing slash, or the GitHub environment whose deployment says it. */
export type SideAddress = string | { readonly environment: string };

interface DuetConfig {
  readonly baselineUrl: SideAddress;
  readonly order: DuetOrder | 'auto';
  readonly restartCommand?: string;
}

interface Target {
  readonly url: SideAddress;
  /** Environment variables by which the script learns the address. */
  readonly urlVariables: readonly string[];
}

interface K6Config {
  /** Without a leading `v`; absent: whichever is found, otherwise the pinned default. */
  readonly version?: string;
  readonly path?: string;
  /** Base address of downloads in place of GitHub's. */
  readonly mirror?: string;
  /** Further arguments of `k6 run`. */
  readonly args: readonly string[];
}

export type EnvironmentEntry =
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'passed-through'; readonly name: string };

export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** What is shown on GitHub, and how a known slowdown is accepted there. */
interface Talking {
  readonly comment: 'always' | 'on-change' | 'on-failure' | 'never';
  readonly checkRun: boolean;
  readonly acceptLabel: string;
}

/** Where a job that decides finds what others measured. */
interface BetweenJobs {
  /** Folders of artifacts; absent: fetched from GitHub. */
  readonly reportFrom?: readonly string[];
  readonly candidateFrom: readonly string[];
  readonly repeats: 'auto' | 'fresh' | 'same-runner';
  /** Absent: whatever is there. */
  readonly jobs?: readonly string[];
  readonly unchangedJobs: readonly string[];
}

/** When the target counts as ready: an answer to `path` with one of `statuses` whose body contains `body`. */
interface Readiness {
  readonly path: string;
  readonly statuses: readonly StatusRange[];
  readonly body?: string;
  readonly timeoutMs: number;
}

/** Both ends belong to the range. */
export interface StatusRange {
  readonly lowest: number;
  readonly highest: number;
}

/** Who words the findings. */
export interface NarrativeConfig {
  readonly mode: 'auto' | 'template' | 'off';
  readonly model: string;
  /** A secret; absent: what the environment has. */
  readonly apiKey?: string;
  /** Absent: Anthropic's own address. */
  readonly baseUrl?: string;
  /** Whether the model sees the changed files, and may guess. */
  readonly includesDiff: boolean;
}
