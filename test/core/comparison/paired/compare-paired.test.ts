import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../../../src/core/comparison/comparison-result.ts';
import { comparePaired, type PairedOptions } from '../../../../src/core/comparison/paired/compare-paired.ts';
import { summarizeDuet } from '../../../../src/core/comparison/paired/deployment-model.ts';
import type { BlockPair } from '../../../../src/core/comparison/paired/paired-blocks.ts';
import { subjectLabel } from '../../../../src/core/run-record/subject.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { GateError } from '../../../../src/errors.ts';
import { balanced, duetPairs, duetRecords, swapped } from '../../../support/paired-runs.ts';
import { regressedIn, rowOf } from '../../../support/rows-of.ts';

const oneDeployment: PairedOptions = { placement: 'one-deployment', order: 'alternating' };
const plain = { endpoints: 4, pairs: 20, requestsPerBlock: 20, seed: 'plain' } as const;

function compare(pairs: readonly BlockPair[], options = oneDeployment, thresholds = balanced): ComparisonResult {
  const { baseline, candidate } = duetRecords(pairs);
  return comparePaired(baseline, candidate, thresholds, options);
}

describe('comparePaired', () => {
  it('names the one endpoint that became slower, and no other', () => {
    const result = compare(duetPairs({ ...plain, slowdown: (j) => (j === 2 ? 1.4 : 1) }));
    expect(new Set(regressedIn(result))).toEqual(new Set(['GET /2']));
  });

  it('shows the pooled ratio with an interval that holds the truth', () => {
    const p50 = rowOf(compare(duetPairs({ ...plain, slowdown: () => 1.4, seed: 'interval' })), 'GET /1', 'p50');
    expect(p50?.relativeChange?.interval[0]).toBeLessThan(0.4);
    expect(p50?.relativeChange?.interval[1]).toBeGreaterThan(0.4);
    expect(p50?.relativeChange?.level).toBeCloseTo(0.9);
  });

  it('calls a significant slowdown below the margins slower within the margin', () => {
    const steady = { ...plain, pairs: 60, requestsPerBlock: 60, blockDeviation: 0.01, slowdown: () => 1.06 };
    const result = compare(duetPairs(steady));
    expect(rowOf(result, 'GET /0', 'p50')?.verdict).toBe('slower-within-margin');
    expect(regressedIn(result)).toEqual([]);
  });

  it('lets a slowdown of less than the absolute margin pass', () => {
    const fast = { ...plain, latency: () => 2, slowdown: () => 1.5 };
    expect(regressedIn(compare(duetPairs(fast)))).toEqual([]);
  });

  it('shows that an endpoint is not slower once there are enough pairs', () => {
    const result = compare(duetPairs({ ...plain, pairs: 60, requestsPerBlock: 60, blockDeviation: 0.02 }));
    expect(rowOf(result, 'GET /0', 'p50')?.verdict).toBe('not-regressed');
  });

  it('says how many pairs an inconclusive row still needs', () => {
    const p95 = rowOf(compare(duetPairs({ ...plain, endpoints: 1 })), 'GET /0', 'p95');
    expect(p95?.verdict).toBe('inconclusive');
    expect(p95?.pairsNeeded).toBeGreaterThan(plain.pairs);
  });

  it('finds errors that rise from none to two in a hundred', () => {
    const result = compare(duetPairs({ ...plain, pairs: 40, errorRates: [0, 0.02] }));
    expect(rowOf(result, '(all endpoints)', 'errorRate')?.verdict).toBe('regressed');
  });

  it('does not call an endpoint faster that fails more', () => {
    const pairs = duetPairs({ ...plain, pairs: 40, slowdown: () => 0.5, errorRates: [0, 0.1] });
    const result = compare(pairs);
    expect(rowOf(result, 'GET /0', 'errorRate')?.verdict).toBe('regressed');
    expect(result.comparisons.map(({ verdict }) => verdict)).not.toContain('improved');
  });

  it('calls an endpoint faster that is', () => {
    expect(rowOf(compare(duetPairs({ ...plain, slowdown: () => 0.5 })), 'GET /0', 'p50')?.verdict).toBe('improved');
  });

  it('gives the same result bit for bit when asked again', () => {
    const pairs = duetPairs({ ...plain, slowdown: (j) => 1 + j / 10 });
    expect(JSON.stringify(compare(pairs))).toBe(JSON.stringify(compare(pairs)));
  });

  it('mirrors changes and p-values when the sides are swapped', () => {
    const pairs = duetPairs({ ...plain, slowdown: (j) => (j === 1 ? 1.4 : 1) });
    const [there, back] = [compare(pairs), compare(swapped(pairs))];
    for (const one of there.comparisons.filter((entry) => entry.relativeChange !== undefined)) {
      const other = rowOf(back, subjectLabel(one.subject), one.metric);
      const ln = (change: number | undefined) => Math.log1p(change ?? Number.NaN);
      if (one.unit === 'ms') expect(ln(one.relativeChange?.point)).toBeCloseTo(-ln(other?.relativeChange?.point), 9);
      if (one.verdict === 'regressed') expect(other?.verdict).toBe('improved');
    }
    expect(regressedIn(there)).toContain('GET /1');
  });

  test.prop([fc.constantFrom(0.25, 0.5, 2, 8)], { numRuns: 4 })('does not depend on the unit of latencies', (unit) => {
    const free = { ...balanced, margins: { ...balanced.margins, latencyIncreaseMs: 0 } };
    const world = { ...plain, slowdown: (j: number) => (j === 1 ? 1.3 : 1) };
    const one = compare(duetPairs(world), oneDeployment, free);
    const other = compare(
      duetPairs({ ...world, slowdown: world.slowdown, latency: scaled(unit) }),
      oneDeployment,
      free,
    );
    expect(regressedIn(other)).toEqual(
      regressedIn(compare(duetPairs({ ...world, latency: scaled(1) }), oneDeployment, free)),
    );
    expect(one.comparisons).toHaveLength(other.comparisons.length);
  });

  it('does not depend on the order of pairs when there is one look and a coin', () => {
    const pairs = duetPairs({ ...plain, slowdown: (j) => (j === 1 ? 1.4 : 1) });
    const changes = (result: ComparisonResult) => result.comparisons.map(({ relativeChange }) => relativeChange?.point);
    expect(changes(compare([...pairs].reverse()))).toEqual(changes(compare(pairs)));
    expect(regressedIn(compare([...pairs].reverse()))).toEqual(regressedIn(compare(pairs)));
  });

  it('does not pair blocks of unequal length', () => {
    const { baseline, candidate } = duetRecords(duetPairs(plain));
    expect(() => comparePaired(baseline, { ...candidate, blockLengthMs: 10_000 }, balanced, oneDeployment)).toThrow(
      GateError,
    );
  });
});

/** Powers of two keep every block in the same place relative to the others. */
function scaled(unit: number) {
  let n = 0;
  return () => unit * (60 + ((n++ * 37) % 97));
}

describe('comparePaired on degenerate input', () => {
  const constantPairs = (count: number, ms: number | undefined, failedRequests = 0): BlockPair[] => {
    const side = () => ({ latency: LatencySketch.of(ms === undefined ? [] : new Array(30).fill(ms)), failedRequests });
    return Array.from({ length: count }, () => ({
      endpoints: new Map([['GET /', { baseline: side(), candidate: side() }]]),
      checks: new Map(),
    }));
  };

  it.each([
    ['one pair', constantPairs(1, 100)],
    ['latencies that are all equal', constantPairs(20, 100)],
    ['latencies of zero', constantPairs(20, 0)],
    ['failures only', constantPairs(20, undefined, 30)],
    ['no pair', []],
  ])('calls nothing regressed or improved: %s', (_, pairs) => {
    const verdicts = compare(pairs).comparisons.map(({ verdict }) => verdict);
    expect(verdicts).not.toContain('regressed');
    expect(verdicts).not.toContain('improved');
  });

  it('shows equal latencies not slower', () => {
    expect(rowOf(compare(constantPairs(20, 100)), 'GET /', 'p50')?.verdict).toBe('not-regressed');
  });

  it('judges no latency where everything fails, and says that it does', () => {
    const result = compare(constantPairs(20, undefined, 30));
    expect(rowOf(result, 'GET /', 'p95')).toMatchObject({
      notComparedReason: 'mostly-failed',
      warnings: ['p95 needs 200 expected responses per side; the scarcer side has 0, and 600 requests that failed'],
    });
  });

  it('counts blocks that only one side has, and leaves them out', () => {
    const { baseline, candidate } = duetRecords(duetPairs(plain));
    const [first, ...others] = candidate.endpoints;
    const cut = [first, ...others].map((series) => series && { ...series, blocks: series.blocks.slice(3) });
    const result = comparePaired(
      baseline,
      { ...candidate, endpoints: cut.filter((series) => series !== undefined) },
      balanced,
      oneDeployment,
    );
    expect(result.pairs).toMatchObject({ used: 17, onlyBaseline: 3, onlyCandidate: 0 });
    expect(result.warnings.join()).toContain('left out');
  });

  it('names endpoints that only one side has', () => {
    const pairs = duetPairs(plain);
    const { baseline, candidate } = duetRecords(pairs);
    const result = comparePaired(
      { ...baseline, endpoints: baseline.endpoints.slice(1) },
      { ...candidate, endpoints: candidate.endpoints.slice(0, -1) },
      balanced,
      oneDeployment,
    );
    expect(rowOf(result, 'GET /0', 'p95')?.notComparedReason).toBe('new');
    expect(rowOf(result, 'GET /3', 'p95')?.notComparedReason).toBe('gone');
  });

  it('judges 200 of a thousand endpoints by name, and the others as one', () => {
    const pairs = duetPairs({
      endpoints: 1000,
      pairs: 8,
      requestsPerBlock: 8,
      slowdown: (j) => (j === 7 ? 3 : 1),
      seed: 'many',
    });
    const endpoints = compare(pairs).comparisons.filter(
      ({ subject, metric }) => subject.kind === 'endpoint' && metric === 'p50',
    );
    expect(endpoints.map(({ subject }) => 'name' in subject && subject.name)).toHaveLength(201);
  });
});

describe('comparePaired across hosts', () => {
  const apart: PairedOptions = { placement: 'separate-hosts', order: 'concurrent' };
  const ten = { endpoints: 8, pairs: 40, requestsPerBlock: 20 } as const;

  it('puts a slowdown of all endpoints down to the environments while they are unknown', () => {
    const result = compare(duetPairs({ ...ten, slowdown: () => 1.5, seed: 'all' }), apart);
    expect(regressedIn(result)).toEqual([]);
    expect(result.environmentsDiffer).toBe(true);
  });

  it('names the endpoint that slowed beside the others, and calls none of them faster', () => {
    const result = compare(duetPairs({ ...ten, slowdown: (j) => (j === 3 ? 1.5 : 1), seed: 'one' }), apart);
    expect(new Set(regressedIn(result))).toEqual(new Set(['GET /3']));
    expect(result.comparisons.map(({ verdict }) => verdict)).not.toContain('improved');
  });

  it('names none of the healthy endpoints when half of them slowed', () => {
    const result = compare(duetPairs({ ...ten, slowdown: (j) => (j % 2 === 0 ? 1.5 : 1), seed: 'half' }), apart);
    expect(regressedIn(result).length).toBeGreaterThan(0);
    for (const name of regressedIn(result)) expect(Number(name.slice(5)) % 2).toBe(0);
  });

  it('judges a slowdown of all endpoints where five duets of equal code are known', () => {
    const duet = (seed: string) => {
      const { baseline, candidate } = duetRecords(duetPairs({ ...ten, seed }));
      return summarizeDuet(baseline, candidate);
    };
    const equalCodeDuets = ['a', 'b', 'c', 'd', 'e'].map(duet);
    const result = compare(duetPairs({ ...ten, slowdown: () => 1.5, seed: 'all' }), { ...apart, equalCodeDuets });
    expect(regressedIn(result)).toContain('(all endpoints)');
    expect(result.environmentsDiffer).toBeUndefined();
  });

  it('takes a lasting offset of an endpoint off once duets of equal code have taught it', () => {
    const offset = (j: number) => (j === 3 ? 1.5 : 1);
    const duet = (seed: string) => {
      const { baseline, candidate } = duetRecords(duetPairs({ ...ten, slowdown: offset, seed }));
      return summarizeDuet(baseline, candidate);
    };
    const equalCodeDuets = ['a', 'b', 'c', 'd', 'e', 'f'].map(duet);
    const pairs = duetPairs({ ...ten, slowdown: offset, seed: 'now' });
    expect(regressedIn(compare(pairs, apart))).toContain('GET /3');
    expect(regressedIn(compare(pairs, { ...apart, equalCodeDuets }))).toEqual([]);
  });
});
