import type { DuetOrder, Placement } from '../../../core/comparison/paired/duet-plan.ts';
import type { Random } from '../../../core/stats/random.ts';
import type { MeasureOptions } from '../run/measure-options.ts';

/** All that measuring two targets side by side needs to know. */
export interface DuetOptions {
  /** Names this duet in both records. */
  readonly pairId: string;
  /** Both sides run the same scripts with the same settings; addresses, variables and provenance are their own. */
  readonly baseline: MeasureOptions;
  readonly candidate: MeasureOptions;
  /** Whether both sides are known to run the same code. */
  readonly isEqualCode?: boolean;
  readonly order: DuetOrder | 'auto';
  readonly placement: Placement | 'auto';
  /** Judged load a side. */
  readonly judgedMs: number;
  /** As configured; absent: 5 s, in alternating duets 10 s. */
  readonly blockLengthMs?: number;
  /** Starts the code of a side at an address; runs before each of three parts of the duet, in the second with swapped addresses. */
  readonly restartCommand?: string;
  /** Decides the order in each pair. */
  readonly random: Random;
}
