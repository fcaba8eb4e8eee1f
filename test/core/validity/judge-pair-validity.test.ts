import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { RunExit, RunRecord } from '../../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../../src/core/sketch/latency-sketch.ts';
import { isHopeless, judgePairValidity } from '../../../src/core/validity/judge-pair-validity.ts';
import { aMeasuredRun, readAs } from '../../support/a-measured-run.ts';

const ready = { targetWasReady: true };

/** One letter per time block: `a`nswers, `f`ails, `1` request fails, `-` nothing came back. */
function sideOf(course: string, overrides: Partial<RunRecord> = {}, requests = 20): RunRecord {
  const blocks = [...course].flatMap((what, index) => {
    const latency = LatencySketch.of(what === 'a' ? Array.from({ length: requests }, () => 20) : []);
    return what === '-' ? [] : [{ index, latency, failedRequests: what === 'f' ? requests : Number(what === '1') }];
  });
  const count = (what: string) => requests * course.split(what).length - requests;
  const outcomes = { '200': count('a'), ...(count('f') > 0 && { '503': count('f') }) };
  const series = { endpoint: 'GET /a', protocol: 'http', method: 'GET', name: '/a', outcomes, blocks } as const;
  return aMeasuredRun({}, { endpoints: [series], warmUpMs: 0, ...overrides });
}

function exit(overrides: Partial<RunExit>): RunExit {
  return { class: 'ran', crossedThresholds: [], thrownIterations: 0, ...overrides };
}

function withOutcomes(outcomes: Record<string, Record<string, number>>): RunRecord {
  const endpoints = Object.entries(outcomes).map(([endpoint, counts]) => {
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const blocks = [{ index: 0, latency: LatencySketch.of(Array.from({ length: total }, () => 5)), failedRequests: 0 }];
    return { ...readAs(endpoint), outcomes: counts, blocks };
  });
  return aMeasuredRun({}, { endpoints });
}

describe('judgePairValidity', () => {
  it('finds nothing to say about two healthy sides', () => {
    const verdict = judgePairValidity(sideOf('aaaaaaaaaa'), sideOf('aaaaaaaaaa'), ready);
    expect(verdict).toEqual({ kind: 'valid', warnings: [] });
  });

  it('fails a candidate that died, however short before the end, and says since when', () => {
    const verdict = judgePairValidity(sideOf('aaaaaaaaaa'), sideOf('aaaaaaaaff'), ready);
    expect(verdict).toMatchObject({
      kind: 'all-failed',
      detail: expect.stringMatching(/^the candidate side: from 40 s on every request failed .*503: 40/),
    });
  });

  it('fails a candidate that takes requests and never answers them', () => {
    const verdict = judgePairValidity(sideOf('aaaaaaaa'), sideOf('aaaa----'), ready);
    expect(verdict).toMatchObject({
      kind: 'all-failed',
      detail: expect.stringContaining('no request came to its end'),
    });
  });

  it('fails a candidate that hangs from its first request on, unless k6 stood still', () => {
    const waiting = { iterations: 7 };
    expect(judgePairValidity(sideOf('aaaaaaaa'), sideOf('', waiting), ready)).toEqual({
      kind: 'all-failed',
      detail: 'the candidate side: no request came to its end, while the baseline went on answering',
    });
    const stalled = { ...waiting, generator: { readerLagMs: 20_000 } };
    for (const [side, facts] of [
      [sideOf('', stalled), ready],
      [sideOf('', waiting), { targetWasReady: false }],
    ] as const) {
      expect(judgePairValidity(sideOf('aaaaaaaa'), side, facts)).toMatchObject({ reason: 'no-requests' });
    }
  });

  it('points at the candidate’s answers when the script throws at them alone', () => {
    const throwing = { exit: exit({ thrownIterations: 1000, message: 'TypeError: no id' }) };
    const alone = judgePairValidity(sideOf('aaaaaaaa'), sideOf('aaaaaaaa', throwing), ready);
    expect(alone).toMatchObject({
      reason: 'script-throws',
      hint: expect.stringContaining('what the candidate answers'),
    });
    const both = judgePairValidity(sideOf('aaaaaaaa', throwing), sideOf('aaaaaaaa', throwing), ready);
    expect(both).toMatchObject({ reason: 'script-throws', hint: expect.stringContaining('Repair the first error') });
  });

  it.each([
    ['had to be killed', { exit: exit({ signal: 'SIGKILL' }) }],
    ['reported late', { generator: { readerLagMs: 20_000 } }],
  ])('blames k6 for the silence, not the target, when it %s', (_, signs) => {
    const [silent, healthy] = [sideOf('aaaa----', signs), sideOf('aaaaaaaa')];
    expect(judgePairValidity(healthy, silent, ready)).toMatchObject({
      kind: 'invalid',
      reason: 'k6-aborted',
      detail: 'the candidate side: k6 stood still from 20 s on',
    });
    expect(judgePairValidity(silent, healthy, ready)).toMatchObject({
      reason: 'k6-aborted',
      detail: 'the baseline side: k6 stood still from 20 s on',
    });
  });

  it.each(['aaaaaaaaff', 'affffffffff', 'fffffffffff', 'aaaaaa----', 'aaaaaa--1-'])(
    'is invalid when the baseline goes %s',
    (course) => {
      const verdict = judgePairValidity(sideOf(course), sideOf('aaaaaaaaaa'), ready);
      expect(verdict).toMatchObject({
        kind: 'invalid',
        reason: 'baseline-side-dead',
        detail: expect.stringContaining('the baseline side: '),
      });
    },
  );

  it('lets a baseline fail now and then, and one with a constant share of errors be a baseline', () => {
    expect(judgePairValidity(sideOf('aaffaaaafa'), sideOf('aaaaaaaaaa'), ready).kind).toBe('valid');
    expect(judgePairValidity(sideOf('aaaaaaaaaf'), sideOf('aaaaaaaaaa'), ready).kind).toBe('valid');
  });

  it('does not call a side dead for the few requests that a slow script made at its end', () => {
    expect(judgePairValidity(sideOf('aaaaaaaa11'), sideOf('aaaaaaaaaa', {}, 2), ready).kind).toBe('valid');
  });

  it('blames neither side when both die at once', () => {
    const verdict = judgePairValidity(sideOf('aaaaafff'), sideOf('aaaaffff'), ready);
    expect(verdict).toMatchObject({ kind: 'invalid', reason: 'target-gone' });
  });

  it('calls a duet that ended before its first pair cut short, and a script without requests by its name', () => {
    const warm = { requestsOutsideBlocks: { warmUp: 40, setupAndTeardown: 0 } };
    expect(judgePairValidity(sideOf('', warm), sideOf('', warm), ready)).toMatchObject({ reason: 'cut-short' });
    const idle = { iterations: 0 };
    expect(judgePairValidity(sideOf('', idle), sideOf('', idle), ready)).toMatchObject({ reason: 'no-requests' });
    expect(judgePairValidity(sideOf('', idle), sideOf('aaaa'), ready)).toMatchObject({ reason: 'baseline-side-dead' });
  });

  it('does not take a shorter file for a dead side', () => {
    const facts = { targetWasReady: false };
    expect(judgePairValidity(sideOf('aaaaaaaa'), sideOf('aaaaa'), facts).kind).toBe('valid');
    expect(judgePairValidity(sideOf('aaaaa'), sideOf('aaaaaaaa'), facts).kind).toBe('valid');
  });

  it('names the side whose k6 was killed, and keeps the reason', () => {
    const killed = { exit: exit({ class: 'aborted', signal: 'SIGKILL' }) };
    const healthy = sideOf('aaaaa');
    expect(judgePairValidity(sideOf('aaa', killed), healthy, ready)).toMatchObject({
      reason: 'k6-aborted',
      detail: expect.stringMatching(/^the baseline side: k6 was killed/),
    });
    expect(judgePairValidity(healthy, sideOf('aaa', killed), ready)).toMatchObject({
      reason: 'k6-aborted',
      detail: expect.stringMatching(/^the candidate side: k6 was killed/),
    });
  });

  it('counts the blocks in which one side stood still, and says so', () => {
    expect(judgePairValidity(sideOf('aaaaaaaaaa'), sideOf('aaa--aaaaa'), ready)).toEqual({
      kind: 'valid',
      warnings: [
        '2 of 10 time blocks lack every request on one side (2 on the candidate side); they are left out of the pairs',
      ],
    });
  });

  it('keeps the other blocks of a side whose k6 stood still, however late its samples came', () => {
    const late = { generator: { startLatenessMs: 9_000, readerLagMs: 11_000, peakCpuShare: 0.2 } };
    expect(judgePairValidity(sideOf('aaaaaaaaaa'), sideOf('aaa--aaaaa', late), ready).kind).toBe('valid');
    expect(judgePairValidity(sideOf('aaaaaaaaaa'), sideOf('aaaaaaaaaa', late), ready)).toMatchObject({
      reason: 'generator-saturated',
      detail: expect.stringContaining('the candidate side'),
    });
  });

  it('refuses when too little is left of one side', () => {
    expect(judgePairValidity(sideOf('a----aa--a'), sideOf('aaaaaaaaaa'), ready)).toMatchObject({
      kind: 'invalid',
      reason: 'cut-short',
      detail: expect.stringContaining('6 on the baseline side'),
    });
  });

  it.each([
    ['a--a-aaa-a', 'in 4 of 10 time blocks no request came to its end, while the baseline answered 80 in them'],
    ['a-a-a-a-aa-a', 'in 5 of 12 time blocks no request came to its end, while the baseline answered 100 in them'],
  ])('fails a candidate that falls silent again and again while the baseline goes on: %s', (course, why) => {
    const baseline = sideOf('a'.repeat(course.length));
    expect(judgePairValidity(baseline, sideOf(course), ready)).toEqual({
      kind: 'all-failed',
      detail: `the candidate side: ${why}`,
    });
  });

  it('fails no silent candidate whose k6 stood still, nor one beside a baseline that hardly did more', () => {
    const invalid = { kind: 'invalid', reason: 'cut-short' };
    const late = { generator: { readerLagMs: 4_000 } };
    const [steady, gaps] = [sideOf('aaaaaaaaaa'), 'a--a-aaa-a'];
    expect(judgePairValidity(steady, sideOf(gaps, late), ready)).toMatchObject(invalid);
    expect(judgePairValidity(sideOf('aaaaaaaaaa', {}, 2), sideOf(gaps, {}, 2), ready)).toMatchObject(invalid);
    expect(judgePairValidity(sideOf('-aa-aa-aa-'), sideOf('a--a-a-aaa'), ready)).toMatchObject(invalid);
  });

  it('says nothing about blocks that both sides lack', () => {
    const verdict = judgePairValidity(sideOf('aaa--aaaaa'), sideOf('aaa--aaaaa'), ready);
    expect(verdict).toEqual({ kind: 'valid', warnings: [] });
  });

  it.each(['baseline', 'candidate'] as const)('names a login page in front of the %s', (side) => {
    const healthy = withOutcomes({ 'GET /a': { '200': 400 }, 'GET /b': { '200': 400 } });
    const walled = withOutcomes({
      'GET /a': { '200': 280, '302': 120 },
      'GET /b': { '200': 300, '302': 100 },
      'GET /login': { '200': 220 },
    });
    const pair = side === 'baseline' ? ([walled, healthy] as const) : ([healthy, walled] as const);
    expect(judgePairValidity(...pair, ready)).toMatchObject({
      kind: 'invalid',
      reason: 'target-changed',
      detail: `the ${side} side redirects requests that the other side answers: GET /a (302 on 120 of 400 requests), GET /b (302 on 100 of 400 requests); only there: GET /login`,
    });
  });

  it('only mentions a single endpoint that redirects now', () => {
    const before = withOutcomes({ 'GET /a': { '200': 40 }, 'GET /b': { '200': 40 }, 'GET /c': { '302': 40 } });
    const after = withOutcomes({ 'GET /a': { '301': 40 }, 'GET /b': { '200': 40 }, 'GET /c': { '302': 40 } });
    expect(judgePairValidity(before, after, ready)).toEqual({
      kind: 'valid',
      warnings: [
        'the candidate side redirects requests that the other side answers: GET /a (301 on 40 of 40 requests)',
      ],
    });
  });

  it('says once what holds for both sides, and whose it is otherwise', () => {
    const busy = { generator: { peakCpuShare: 0.7 } };
    const late = { generator: { peakCpuShare: 0.7, startLatenessMs: 80 } };
    const verdict = judgePairValidity(sideOf('aaaa', busy), sideOf('aaaa', late), ready);
    expect(verdict).toMatchObject({
      kind: 'valid',
      warnings: [
        'k6 used 70 % of all cores at its peak: close to saturation',
        'the candidate side: iterations started up to 80 ms late',
      ],
    });
  });

  const courses = fc.array(fc.constantFrom('a', 'f', '-'), { minLength: 1, maxLength: 20 }).map((all) => all.join(''));

  test.prop([courses])('never blames the candidate for what happens on both sides', (course) => {
    const verdict = judgePairValidity(sideOf(course), sideOf(course), ready);
    expect(verdict.kind).not.toBe('all-failed');
  });
});

describe('judgePairValidity of sides that drop iterations', () => {
  const dropping = (droppedIterations: number) =>
    sideOf('aaaaaaaaaa', { iterations: 1000 - droppedIterations, droppedIterations });

  it('refuses two sides of which neither bears the load, and says how much was dropped', () => {
    expect(judgePairValidity(dropping(50), dropping(120), ready)).toMatchObject({
      kind: 'invalid',
      reason: 'both-overloaded',
      detail: expect.stringMatching(/5 % of the baseline's iterations and 12 % of the candidate's/),
    });
  });

  it.each([
    ['the candidate alone cannot bear it: that is the change', 49, 600],
    ['the candidate bears what the baseline could not', 600, 49],
  ])('goes on judging when %s', (_, before, after) => {
    expect(judgePairValidity(dropping(before), dropping(after), ready).kind).toBe('valid');
  });
});

describe('isHopeless', () => {
  it.each([
    ['aaaaaa', false],
    ['aaafff', false],
    ['aaffff', true],
    ['affffa', false],
    ['ffffff', false],
    ['aaaa--', false],
    ['aa----', true],
    ['------', false],
  ])('of %s is %s', (course, expected) => {
    expect(isHopeless(sideOf(course), course.length)).toBe(expected);
  });

  it('waits longer for a side that is silent in short blocks', () => {
    expect(isHopeless(sideOf('aa----', { blockLengthMs: 1_000 }), 6)).toBe(false);
    expect(isHopeless(sideOf('aa----------', { blockLengthMs: 1_000 }), 12)).toBe(true);
  });
});
