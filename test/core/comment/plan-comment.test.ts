import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type CommentMarker, isNewer, readMarker, writeMarker } from '../../../src/core/comment/comment-marker.ts';
import { type CommentFacts, planComment } from '../../../src/core/comment/plan-comment.ts';
import type { Subject } from '../../../src/core/run-record/subject.ts';

const head = 'a'.repeat(40);
const self = 'github-actions[bot]';

function aMarker(overrides: Partial<CommentMarker> = {}): CommentMarker {
  return {
    name: 'shop',
    head,
    runId: '1000',
    attempt: 1,
    startedAt: '2026-11-25T10:00:00.000Z',
    outcome: 'passed',
    ...overrides,
  };
}

function ours(id: number, overrides: Partial<CommentMarker> = {}, author = self) {
  return { id, author, body: `${writeMarker(aMarker(overrides))}\nreport ${id}` };
}

function facts(overrides: Partial<CommentFacts> = {}): CommentFacts {
  const marker = overrides.marker ?? aMarker();
  return {
    policy: 'always',
    marker,
    body: `${writeMarker(marker)}\na report`,
    isUneventful: false,
    existing: [],
    self,
    currentHead: head,
    ...overrides,
  };
}

const earlier = { runId: '999', startedAt: '2026-11-25T09:00:00.000Z', head: 'b'.repeat(40) };
const failed = aMarker({ outcome: 'failed' });

describe('planComment', () => {
  it('writes the first comment', () => {
    expect(planComment(facts())).toEqual({ kind: 'create', remove: [] });
  });

  it('updates its comment in place among hundreds of others', () => {
    const others = Array.from({ length: 350 }, (_, i) => ({ id: i, author: 'somebody', body: `comment ${i}` }));
    expect(planComment(facts({ existing: [...others, ours(500, earlier)] }))).toEqual({
      kind: 'update',
      id: 500,
      remove: [],
    });
  });

  it('takes no marker from another author, so that nobody has a comment of theirs or of others rewritten', () => {
    expect(planComment(facts({ existing: [ours(500, earlier, 'stranger')] })).kind).toBe('create');
  });

  it('takes no comment of another configuration', () => {
    expect(planComment(facts({ existing: [ours(500, { ...earlier, name: 'search' })] })).kind).toBe('create');
  });

  it('writes anew when a pass turns into a fail, and removes the old one afterwards', () => {
    expect(planComment(facts({ marker: failed, existing: [ours(500, earlier)] }))).toEqual({
      kind: 'create',
      remove: [500],
    });
  });

  it('stays in place from fail to fail and from fail to pass', () => {
    const existing = [ours(500, { ...earlier, outcome: 'failed' })];
    expect(planComment(facts({ marker: failed, existing }))).toMatchObject({ kind: 'update', id: 500 });
    expect(planComment(facts({ existing }))).toMatchObject({ kind: 'update', id: 500 });
  });

  it('removes what two runs at once left twice', () => {
    const existing = [
      ours(500, earlier),
      ours(501, { ...earlier, runId: '998', startedAt: '2026-11-25T08:00:00.000Z' }),
    ];
    expect(planComment(facts({ existing }))).toEqual({ kind: 'update', id: 500, remove: [501] });
  });

  it.each([
    ['a run that was started later', { runId: '1001', startedAt: '2026-11-25T11:00:00.000Z', head: 'b'.repeat(40) }],
    ['a later attempt of this run', { attempt: 2 }],
    ['a later run on this commit', { runId: '1001', startedAt: '2026-11-25T11:00:00.000Z' }],
    ['a re-run of an earlier run on this commit', { runId: '900', attempt: 2, startedAt: '2026-11-25T11:00:00.000Z' }],
    ['a run whose id has more digits', { runId: '10000', head: 'b'.repeat(40) }],
  ])('leaves alone what %s wrote', (_, later) => {
    expect(planComment(facts({ existing: [ours(500, later)] }))).toMatchObject({ kind: 'none', remove: [] });
  });

  it('writes nothing about a commit that is no longer the head', () => {
    expect(planComment(facts({ currentHead: 'c'.repeat(40) }))).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('by now'),
    });
  });

  it('writes nothing that is there already', () => {
    const same = facts();
    expect(
      planComment({ ...same, existing: [{ id: 5, author: self, body: same.body.replaceAll('\n', '\r\n') }] }).kind,
    ).toBe('none');
  });

  it.each([
    ['on-change', true, 'passed', 'none'],
    ['on-change', false, 'passed', 'create'],
    ['on-failure', false, 'passed', 'none'],
    ['on-failure', false, 'failed', 'create'],
    ['never', false, 'failed', 'none'],
  ] as const)('with %s, uneventful %s and %s: %s', (policy, isUneventful, outcome, kind) => {
    expect(planComment(facts({ policy, isUneventful, marker: aMarker({ outcome }) })).kind).toBe(kind);
  });

  it.each(['on-change', 'on-failure'] as const)('with %s turns a red comment green', (policy) => {
    const existing = [ours(500, { ...earlier, outcome: 'failed' })];
    expect(planComment(facts({ policy, isUneventful: true, existing }))).toMatchObject({ kind: 'update', id: 500 });
  });
});

describe('writeMarker', () => {
  const text = fc.string({ unit: 'binary' });
  const subject: fc.Arbitrary<Subject> = fc.oneof(
    fc.record(
      { kind: fc.constantFrom('endpoint' as const, 'check' as const, 'metric' as const), name: text, job: text },
      { requiredKeys: ['kind', 'name'] },
    ),
    fc.record({ kind: fc.constant('all-endpoints' as const), job: text }, { requiredKeys: ['kind'] }),
  );
  const markers = fc.record({
    name: fc.string({ unit: 'binary' }),
    head: fc.constant(head),
    runId: fc.nat().map(String),
    attempt: fc.integer({ min: 1, max: 99 }),
    startedAt: fc.constant('2026-11-25T10:00:00.000Z'),
    outcome: fc.constantFrom('passed' as const, 'failed' as const),
    accepted: fc.record({
      labeledAt: fc.constant('2026-11-25T10:00:00Z'),
      figures: fc.array(fc.record({ subject, metric: fc.string(), relativeChange: fc.nat() }), { maxLength: 5 }),
    }),
  });

  test.prop([markers])('is one line of comment that ends where it should, and reads back the same', (marker) => {
    const line = writeMarker(marker);
    expect(line).toMatch(/^<!-- tailgate [^<>\n]* -->$/);
    expect(line.slice(4, -3)).not.toContain('--');
    expect(readMarker(`${line}\r\nmore`)).toEqual(marker);
  });

  test.prop([fc.string()])('reads nothing out of what others write', (body) => {
    expect(readMarker(body)).toBeUndefined();
    expect(readMarker(`<!-- tailgate ${body} -->`)).toBeUndefined();
  });
});

describe('isNewer', () => {
  test.prop([fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })])(
    'never holds both ways',
    (runA, runB, attemptA, attemptB) => {
      const a = aMarker({ runId: String(runA), attempt: attemptA });
      const b = aMarker({ runId: String(runB), attempt: attemptB });
      expect(isNewer(a, b) && isNewer(b, a)).toBe(false);
    },
  );
});
