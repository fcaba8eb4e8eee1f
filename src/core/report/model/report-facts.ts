import type { GivenSettings } from '../../../printed-command.ts';
import type { Opportunity } from '../../attribution/audit.ts';
import type { Attribution } from '../../attribution/cause.ts';
import type { Danger } from '../../attribution/dangers.ts';
import type { Row } from '../../comparison/row.ts';
import type { RunRecord } from '../../run-record/run-record.ts';
import type { Thresholds } from '../../thresholds/thresholds.ts';
import type { Decided, FailOn, JudgingMode } from '../../verdict/build-verdict.ts';

/** Everything that a report tells of. */
export interface ReportFacts {
  readonly mode: JudgingMode;
  /** What the gate is called. */
  readonly name: string;
  readonly decided: Decided;
  /** The run that was judged; absent when nothing was measured. */
  readonly record?: RunRecord;
  /** Runs that it was compared with, oldest first; in a duet the one run of the other side. */
  readonly window: readonly RunRecord[];
  /** Every run of the store, in any order, those outside the window too; absent where only the window is known. */
  readonly stored?: readonly RunRecord[];
  /** Stored runs that were left out, and why. */
  readonly excluded: readonly { readonly id: string; readonly reason: string }[];
  /** Where the stored runs come from: `dir:baselines`; absent when files were given. */
  readonly storeLabel?: string;
  /** Which of the store's runs may be in the window: `up to the merge base 1234567`; absent: all. */
  readonly baselineChoice?: string;
  /** How more measuring came about and what became of it; in sentences. */
  readonly story?: readonly string[];
  /** Whether another job decides, so that nothing here is anybody's last word. */
  readonly onlyMeasures?: boolean;
  /** Why a run that was to be recorded isn't stored. */
  readonly storeFailure?: string;
  readonly thresholds: Thresholds;
  readonly failOn: readonly FailOn[];
  /** What the report's commands carry; absent for runs that were read from files. */
  readonly given?: GivenSettings;
  /** What the run is called that lacks a baseline, where it is one of several jobs. */
  readonly lackingName?: string;
  /** Why what failed is slow; absent where nobody looked. */
  readonly attributions?: readonly Attribution[];
  /** What may hurt users about the answers of the candidate. */
  readonly dangers?: readonly Danger[];
  /** What could be faster in a run that was recorded, best first. */
  readonly opportunities?: readonly Opportunity[];
  /** What looking for reasons could not see, in sentences without a full stop. */
  readonly inspectionNotes?: readonly string[];
  /** From measuring, loading and comparing; those of the comparison itself are added. */
  readonly warnings: readonly string[];
}

/** The facts with every comparison's impact filled in, worst first where order matters. */
export interface RankedFacts extends ReportFacts {
  readonly rows: readonly Row[];
}

/** Whether the figures are those at an early stop, which lean toward the larger changes. */
export function isAtStop({ decided }: ReportFacts): boolean {
  return decided.comparison?.stoppedEarly === true;
}

/** Figures of a run that was refused would be taken for the service's own. */
export function hasUsableFigures({ decided: { verdict } }: ReportFacts): boolean {
  return verdict.verdict !== 'invalid' && !(verdict.verdict === 'fail' && verdict.reason === 'all-failed');
}
