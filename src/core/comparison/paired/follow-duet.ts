import type { ComparisonResult } from '../comparison-result.ts';
import type { DuetPlan } from './duet-plan.ts';
import { type DuetLook, startDuetTest } from './duet-test.ts';
import type { BlockPair } from './paired-blocks.ts';

/** A duet test that is told of all pairs whenever there are more. */
export interface FollowedDuet {
  look(pairs: readonly BlockPair[]): DuetLook;
  /** After the last pair. */
  conclude(): DuetLook;
  result(): ComparisonResult;
}

/**
 * Follows a duet while it runs. An endpoint that a second scenario begins to call gets another name, in the blocks that
 * were looked at before as well; the test then starts anew on the same plan and, at the same looks, with the new names.
 */
export function followDuet(plan: DuetPlan): FollowedDuet {
  let test = startDuetTest(plan);
  let pairs: readonly BlockPair[] = [];
  return {
    look(all) {
      if (namesIn(all.slice(0, pairs.length)) !== namesIn(pairs)) test = startDuetTest(plan);
      pairs = all;
      return test.look(all);
    },
    conclude: () => test.conclude(pairs),
    result: () => test.result(),
  };
}

function namesIn(pairs: readonly BlockPair[]): string {
  return JSON.stringify([...new Set(pairs.flatMap((pair) => [...pair.endpoints.keys()]))].sort());
}
