import { describe, expect, it } from 'vitest';
import type { DuetPlan } from '../../../../src/core/comparison/paired/duet-plan.ts';
import { followDuet, startDuetTest } from '../../../../src/core/comparison/paired/duet-test.ts';
import type { BlockPair } from '../../../../src/core/comparison/paired/paired-blocks.ts';
import { equalLooks } from '../../../../src/core/stats/alpha-spending.ts';
import { balanced, duetPairs } from '../../../support/paired-runs.ts';

const plan: DuetPlan = {
  thresholds: balanced,
  placement: 'one-deployment',
  order: 'concurrent',
  looks: equalLooks(20, 20),
  seed: 'plan',
};
const pairs = duetPairs({ endpoints: 3, pairs: 20, requestsPerBlock: 30, seed: 'followed', slowdown: () => 1.1 });

function renamed(all: readonly BlockPair[]): BlockPair[] {
  return all.map((pair) => ({
    ...pair,
    endpoints: new Map(
      [...pair.endpoints].map(([name, sides]) => [name === 'GET /0' ? 'GET /0 [browse]' : name, sides]),
    ),
  }));
}

describe('followDuet', () => {
  it('finds pair by pair what a test of all pairs finds', () => {
    const followed = followDuet(plan);
    for (let count = 1; count <= pairs.length; count++) followed.look(pairs.slice(0, count));
    followed.conclude();
    const total = startDuetTest(plan);
    total.look(pairs);
    expect(followed.result()).toEqual(total.result());
  });

  it('takes the new name of an endpoint for all pairs when it changes under way', () => {
    const followed = followDuet(plan);
    for (let count = 1; count <= 12; count++) followed.look(pairs.slice(0, count));
    for (let count = 13; count <= 20; count++) followed.look(renamed(pairs.slice(0, count)));
    const total = startDuetTest(plan);
    total.look(renamed(pairs));
    expect(followed.result()).toEqual(total.result());
  });

  it('concludes on the pairs it was told of', () => {
    const followed = followDuet({ ...plan, looks: [20] });
    followed.look(pairs.slice(0, 13));
    expect(followed.conclude()).toMatchObject({ reason: 'ended-early', pairs: 13 });
  });
});
