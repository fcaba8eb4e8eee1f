import { describe, expect, it } from 'vitest';
import { liveCases, planBuild, planBuilds, shopEndpoints } from '../../evaluation/live/live-cases.ts';
import { parseSwitches } from '../../examples/demo-shop/switches.ts';

const caseOf = (id: string) => {
  const found = liveCases.find((liveCase) => liveCase.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
};

describe('planBuild', () => {
  it('gives both orders the same shops, and every build others', () => {
    const [first, inTurn, second] = [
      planBuild(caseOf('one-20'), 'concurrent', 1),
      planBuild(caseOf('one-20'), 'alternating', 1),
      planBuild(caseOf('one-20'), 'concurrent', 2),
    ];
    expect({ ...inTurn, order: 'concurrent' }).toEqual(first);
    expect(second.baselineShop).not.toEqual(first.baselineShop);
  });

  it('changes each endpoint equally often in ten builds, in another sequence the next ten times, and none twice in a build', () => {
    const drawn = Array.from(
      { length: 20 },
      (_, i) => planBuild(caseOf('one-50'), 'concurrent', i + 1).changedEndpoints[0] as string,
    );
    expect(drawn.slice(0, 10).toSorted()).toEqual(shopEndpoints.toSorted());
    expect(drawn.slice(10).toSorted()).toEqual(shopEndpoints.toSorted());
    expect(drawn.slice(10)).not.toEqual(drawn.slice(0, 10));
    for (const liveCase of liveCases) {
      const { changedEndpoints } = planBuild(liveCase, 'concurrent', 3);
      expect(new Set(changedEndpoints).size).toBe(liveCase.changed);
    }
  });

  it.each(liveCases.map(({ id }) => id))(
    'sets switches that the shop knows, and changes the candidate alone: %s',
    (id) => {
      const { baselineShop, candidateShop } = planBuild(caseOf(id), 'concurrent', 1);
      const [baseline, candidate] = [parseSwitches(baselineShop), parseSwitches(candidateShop)];
      const isChanged = caseOf(id).changed > 0;
      const { seed: _, ...healthy } = baseline;
      const { seed: __, ...other } = candidate;
      if (isChanged) expect(other).not.toEqual(healthy);
      else expect(other).toEqual(healthy);
      expect(candidate.seed).not.toBe(baseline.seed);
    },
  );

  it('slows down half of the endpoints by 20 %', () => {
    const { candidateShop, changedEndpoints } = planBuild(caseOf('half-20'), 'concurrent', 1);
    const { slowEndpoints, slowFactor } = parseSwitches(candidateShop);
    expect([slowEndpoints, slowFactor]).toEqual([changedEndpoints, 1.2]);
    expect(slowEndpoints).toHaveLength(5);
  });
});

describe('planBuilds', () => {
  it('takes turns, so that a broken-off evaluation has about as many builds of each case', () => {
    const cases = [caseOf('unchanged'), caseOf('one-50')];
    const plans = planBuilds(cases, ['concurrent', 'alternating'], 2);
    expect(plans.map(({ liveCase, order, build }) => `${liveCase.id} ${order} ${build}`)).toEqual([
      'unchanged concurrent 1',
      'unchanged alternating 1',
      'one-50 concurrent 1',
      'one-50 alternating 1',
      'unchanged concurrent 2',
      'unchanged alternating 2',
      'one-50 concurrent 2',
      'one-50 alternating 2',
    ]);
  });
});
