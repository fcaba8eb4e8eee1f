import { describe, expect, it } from 'vitest';
import { changeKey } from '../../../../src/core/comparison/paired/deployment-model.ts';
import type { DuetPlan } from '../../../../src/core/comparison/paired/duet-plan.ts';
import { startDuetTest } from '../../../../src/core/comparison/paired/duet-test.ts';
import type { SideBlock } from '../../../../src/core/comparison/paired/paired-blocks.ts';
import { allEndpoints, endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { equalLooks } from '../../../../src/core/stats/alpha-spending.ts';
import type { Random } from '../../../../src/core/stats/random.ts';
import { balanced, duetPairs } from '../../../support/paired-runs.ts';
import { labelsOf } from '../../../support/rows-of.ts';

const world = { endpoints: 3, pairs: 40, requestsPerBlock: 20, seed: 'duet' } as const;

/** Between 95 and 105 ms. */
const evenly = (random: Random) => 95 + 10 * random.next();

/** About `share` of the values, evenly taken. */
function every(latency: LatencySketch, share: number): LatencySketch {
  const values = Array.from({ length: Math.round(latency.count * share) }, (_, i) =>
    latency.quantile((i + 0.5) / (latency.count * share)),
  );
  return LatencySketch.of(values);
}

function plan(overrides: Partial<DuetPlan> = {}): DuetPlan {
  return {
    thresholds: balanced,
    placement: 'one-deployment',
    order: 'alternating',
    looks: equalLooks(40, 10),
    seed: 'plan',
    ...overrides,
  };
}

describe('startDuetTest', () => {
  it('goes on while nothing is sure, and looks only at the planned numbers of pairs', () => {
    const test = startDuetTest(plan());
    const pairs = duetPairs(world);
    expect(test.look(pairs.slice(0, 7))).toMatchObject({ decision: 'go-on', pairs: 0 });
    expect(test.look(pairs.slice(0, 11))).toMatchObject({ decision: 'go-on', pairs: 8 });
  });

  it('stops long before its budget when an endpoint doubled its latency', () => {
    const look = startDuetTest(plan()).look(duetPairs({ ...world, slowdown: (j) => (j === 0 ? 2 : 1) }));
    expect(look).toMatchObject({ decision: 'stop', reason: 'regressed' });
    expect(look.regressed[0]?.subject).toEqual(endpointSubject('GET /0'));
    expect(look.pairs).toBeLessThanOrEqual(16);
  });

  describe('a total that is slower', () => {
    const closed = { isClosedModel: true, order: 'concurrent' } as const;
    /** A side with requests as if its users waited: fewer by the factor. */
    const thinned = (factor: number) =>
      duetPairs({
        ...world,
        endpoints: 8,
        requestsPerBlock: 40,
        slowdown: (j) => (j === 0 ? 1.3 : 1),
        blockDeviation: 0.12,
      }).map((pair) => ({
        ...pair,
        endpoints: new Map(
          [...pair.endpoints].map(([name, { baseline, candidate }]) => [
            name,
            { baseline, candidate: { ...candidate, latency: every(candidate.latency, factor) } },
          ]),
        ),
      }));

    it('does not end the duet while the endpoint behind it may yet be named', () => {
      const test = startDuetTest(plan(closed));
      const pairs = thinned(0.85);
      const look = test.look(pairs);
      expect(look.totalRegressedAt).toBeLessThan(look.pairs);
      expect(look).toMatchObject({ decision: 'stop', reason: 'regressed' });
      expect(look.regressed.map(({ subject }) => subject)).toContainEqual(endpointSubject('GET /0'));
    });

    it('ends it where no endpoint comes near', () => {
      const even = duetPairs({ ...world, requestsPerBlock: 40, latency: evenly, blockDeviation: 0.02 }).map((pair) => ({
        ...pair,
        endpoints: new Map(
          [...pair.endpoints].map(([name, { baseline, candidate }]) => [
            name,
            { baseline, candidate: { ...candidate, latency: every(candidate.latency, 0.7) } },
          ]),
        ),
      }));
      const look = startDuetTest(plan(closed)).look(even);
      expect(look).toMatchObject({ decision: 'stop', reason: 'regressed', totalRegressedAt: look.pairs });
      expect(look.regressed).toEqual([{ subject: allEndpoints, metric: 'requestRate' }]);
    });

    it('ends it where most endpoints are slower: then it says what there is to say', () => {
      const pairs = duetPairs({ ...world, endpoints: 8, slowdown: () => 1.3 });
      const look = startDuetTest(plan()).look(pairs);
      expect(look).toMatchObject({ decision: 'stop', reason: 'regressed' });
      expect(look.regressed.map(({ subject }) => subject.kind)).toContain('all-endpoints');
      expect(look.pairs).toBe(look.totalRegressedAt ?? look.pairs);
    });

    it('ends it where most endpoints fail more often', () => {
      const pairs = duetPairs({ ...world, endpoints: 8, errorRates: [0, 0.02], blockDeviation: 0.3 });
      const look = startDuetTest(plan()).look(pairs);
      expect(look).toMatchObject({ decision: 'stop', reason: 'regressed', pairs: look.totalRegressedAt });
      expect(look.regressed).toEqual([{ subject: allEndpoints, metric: 'errorRate' }]);
    });
  });

  it('stops when every row is shown not slower', () => {
    const steady = { ...world, requestsPerBlock: 80, blockDeviation: 0.01, latency: evenly };
    expect(startDuetTest(plan()).look(duetPairs(steady))).toMatchObject({ decision: 'stop', reason: 'all-shown' });
  });

  it('stops when the budget is used, and says so', () => {
    expect(startDuetTest(plan()).look(duetPairs({ ...world, blockDeviation: 0.4 }))).toMatchObject({
      decision: 'stop',
      reason: 'budget-used',
      pairs: 40,
    });
  });

  it('looks once more when measuring ends early, and then stands by what it found', () => {
    const test = startDuetTest(plan());
    const pairs = duetPairs({ ...world, slowdown: (j) => (j === 0 ? 1.2 : 1) });
    test.look(pairs.slice(0, 10));
    expect(test.conclude(pairs.slice(0, 11))).toMatchObject({ decision: 'stop', reason: 'ended-early', pairs: 11 });
    expect(test.result()).toMatchObject({ pairs: { planned: 40, used: 11 }, stoppedEarly: false });
    expect(test.look(pairs)).toMatchObject({ pairs: 11 });
  });

  it('decides the same whether pairs come one by one or all at once', () => {
    const pairs = duetPairs({ ...world, slowdown: (j) => (j === 0 ? 1.25 : 1) });
    const oneByOne = startDuetTest(plan());
    for (let count = 1; count <= pairs.length; count++) oneByOne.look(pairs.slice(0, count));
    const atOnce = startDuetTest(plan());
    atOnce.look(pairs);
    expect(oneByOne.result()).toEqual(atOnce.result());
  });

  it('changes nothing more after it has stopped', () => {
    const test = startDuetTest(plan());
    const pairs = duetPairs({ ...world, slowdown: () => 2 });
    const { pairs: stoppedAt } = test.look(pairs);
    expect(test.look([...pairs, ...pairs]).pairs).toBe(stoppedAt);
    expect(test.result()).toMatchObject({ stoppedEarly: true, pairs: { planned: 40, used: stoppedAt } });
  });

  it('says nothing before the first look', () => {
    expect(startDuetTest(plan()).result().comparisons).toEqual([]);
  });

  it('asks more of a strict gate: the test itself must clear the margin', () => {
    const pairs = duetPairs({
      ...world,
      requestsPerBlock: 60,
      slowdown: (j) => (j === 0 ? 1.16 : 1),
      blockDeviation: 0.05,
    });
    const named = (sensitivity: 'strict' | 'balanced') =>
      startDuetTest(plan({ thresholds: { ...balanced, sensitivity } })).look(pairs).regressed;
    expect(labelsOf(named('balanced'))).toContain('GET /0');
    expect(named('strict')).toEqual([]);
  });

  it('calls a drop of the request rate regressed under closed-model load', () => {
    const pairs = duetPairs(world).map((pair) => ({
      ...pair,
      endpoints: new Map(
        [...pair.endpoints].map(([name, sides]) => [
          name,
          { ...sides, baseline: { ...sides.baseline, failedRequests: 10 } },
        ]),
      ),
    }));
    const result = startDuetTest(plan({ isClosedModel: true }));
    expect(result.look(pairs).regressed).toContainEqual({ subject: allEndpoints, metric: 'requestRate' });
    expect(result.result().warnings.join()).toContain('unlike');
  });

  it('calls nothing faster under closed-model load of which one side got less', () => {
    const pairs = duetPairs({ ...world, slowdown: () => 0.5 }).map((pair) => {
      const answered = ({ latency }: SideBlock) => ({ latency, failedRequests: 2 });
      const sides = [...pair.endpoints].map(([name, { baseline, candidate }]) => [
        name,
        { baseline: answered(baseline), candidate },
      ]) as [string, { baseline: SideBlock; candidate: SideBlock }][];
      return { ...pair, endpoints: new Map(sides) };
    });
    const verdicts = (isClosedModel: boolean) => {
      const test = startDuetTest(plan({ isClosedModel }));
      test.look(pairs);
      return new Set(test.result().comparisons.map(({ metric, verdict }) => `${metric} ${verdict}`));
    };
    expect(verdicts(false)).toContain('p50 improved');
    expect([...verdicts(true)].filter((verdict) => /^p\d+ improved/.test(verdict))).toEqual([]);
  });
});

describe('startDuetTest with known duets of equal code', () => {
  const knows = (endpoints: readonly number[]) => ({
    changes: new Map(
      endpoints.flatMap((j) =>
        (['p50', 'p95', 'p99'] as const).map(
          (metric, k) => [changeKey(endpointSubject(`GET /${j}`), metric), 0.01 * (k - j)] as const,
        ),
      ),
    ),
  });
  const duets = Array.from({ length: 6 }, () => knows([0, 1]));

  it.each(['one-host', 'separate-hosts'] as const)(
    'judges an endpoint that none of them knows by the floors of %s',
    (placement) => {
      const pairs = duetPairs({ ...world, slowdown: (j) => (j === 2 ? 2 : 1) });
      const { regressed } = startDuetTest(plan({ placement, equalCodeDuets: duets })).look(pairs);
      expect(labelsOf(regressed)).toContain('GET /2');
    },
  );
});

describe('startDuetTest with an endpoint that falls silent', () => {
  const silentFrom = (from: number, side: 'baseline' | 'candidate') =>
    duetPairs(world).map((pair, i) => {
      const sides = pair.endpoints.get('GET /1');
      if (i < from || sides === undefined) return pair;
      const silent = { latency: new LatencySketch(), failedRequests: 0 };
      return { ...pair, endpoints: new Map([...pair.endpoints, ['GET /1', { ...sides, [side]: silent }] as const]) };
    });
  const warnings = (pairs: ReturnType<typeof duetPairs>) => {
    const test = startDuetTest(plan({ looks: [40] }));
    test.look(pairs);
    return test.result().warnings;
  };

  it.each(['baseline', 'candidate'] as const)('warns from when on the %s was not called', (side) => {
    expect(warnings(silentFrom(20, side))).toEqual([
      `GET /1: the ${side} got no request after 20 of 40 pairs, the other side 400; nothing is known of the time after`,
    ]);
  });

  it('warns neither of a full duet nor of an endpoint that one side never had', () => {
    expect(warnings(duetPairs(world))).toEqual([]);
    expect(warnings(silentFrom(0, 'candidate'))).toEqual([]);
  });
});
