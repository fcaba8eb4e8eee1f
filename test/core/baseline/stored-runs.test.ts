import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { chooseExpired } from '../../../src/core/baseline/choose-expired.ts';
import { preferAncestors } from '../../../src/core/baseline/prefer-ancestors.ts';
import { runPath } from '../../../src/core/baseline/run-path.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-11-25T10:00:00Z');
const daysAgo = (days: number, commit = 'c', name = 'shop') => {
  const startedAt = new Date(nowMs - days * dayMs).toISOString();
  return aMeasuredRun(
    {},
    {
      id: `${startedAt}-${commit}`,
      startedAt,
      provenance: { commit },
      fingerprint: { hard: { name }, soft: {} },
    },
  );
};

describe('runPath', () => {
  it('shows name, month and time', () => {
    expect(runPath(aMeasuredRun())).toBe('v1/shop/2026-11/2026-11-25T10-00-00Z-a1.json.gz');
  });

  test.prop([fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })])(
    'never leaves its folder and uses only letters that every file system takes',
    (name, id) => {
      const path = runPath(aMeasuredRun({}, { id, fingerprint: { hard: { name }, soft: {} } }));
      expect(path).toMatch(/^v1\/[A-Za-z0-9_-][A-Za-z0-9._-]*\/2026-11\/[A-Za-z0-9_-][A-Za-z0-9._-]*\.json\.gz$/);
    },
  );

  it.each([
    ['a/b', 'a-b'],
    ['a b', 'a-b'],
    ['.git', 'git'],
  ])('gives the names %j and %j paths of their own', (one, other) => {
    const path = (name: string) => runPath(aMeasuredRun({}, { fingerprint: { hard: { name }, soft: {} } }));
    expect(path(one)).not.toBe(path(other));
  });
});

describe('chooseExpired', () => {
  it('keeps the newest runs of each name', () => {
    const runs = [1, 2, 3].flatMap((days) => [daysAgo(days, 'a', 'shop'), daysAgo(days, 'b', 'search')]);
    const expired = chooseExpired(runs, nowMs, { keepRuns: 2 });
    expect(expired.map((run) => run.startedAt)).toEqual([daysAgo(3).startedAt, daysAgo(3).startedAt]);
  });

  it('lets runs older than the limit go, but never the newest ten', () => {
    const runs = Array.from({ length: 12 }, (_, i) => daysAgo(400 + i));
    expect(chooseExpired(runs, nowMs)).toEqual([runs[10], runs[11]]);
    expect(chooseExpired(runs, nowMs, { keepDays: 500 })).toEqual([]);
  });
});

describe('preferAncestors', () => {
  const ancestry = { what: 'the merge base', anchor: 'base', ancestors: ['base', 'older', 'oldest'] };

  it('takes the runs of the merge base and of commits before it', () => {
    const runs = [daysAgo(3, 'oldest'), daysAgo(2, 'older'), daysAgo(1, 'base'), daysAgo(0, 'later')];
    const preferred = preferAncestors(runs, ancestry, nowMs);
    expect(preferred.records.map((run) => run.provenance.commit)).toEqual(['oldest', 'older', 'base']);
    expect(preferred.choice).toBe('up to the merge base base');
    expect(preferred.warnings).toEqual([]);
  });

  it('says how far before the merge base the newest run is', () => {
    const runs = [3, 2, 1].map((days) => daysAgo(days, 'oldest'));
    expect(preferAncestors(runs, ancestry, nowMs).choice).toBe('up to 2 commits before the merge base base');
  });

  it('takes all runs and says so where too few are of ancestors', () => {
    const runs = [daysAgo(2, 'base'), daysAgo(1, 'later'), daysAgo(0, 'latest')];
    const preferred = preferAncestors(runs, ancestry, nowMs);
    expect(preferred.records).toHaveLength(3);
    expect(preferred.warnings).toEqual([expect.stringMatching(/^only 1 of the stored runs belongs/)]);
  });

  it('keeps duets of equal code whatever their commit', () => {
    const runs = ['base', 'older', 'oldest', 'later'].map((commit) => daysAgo(1, commit));
    const pair = { id: 'p', side: 'baseline', order: 0, isEqualCode: true } as const;
    const duet = { ...daysAgo(0, 'latest'), provenance: { commit: 'latest', pair } };
    expect(preferAncestors([...runs, duet], ancestry, nowMs).records).toEqual([...runs.slice(0, 3), duet]);
  });

  it('points at a baseline older than two weeks', () => {
    expect(preferAncestors([daysAgo(20)], undefined, nowMs).warnings).toEqual(['the newest stored run is 20 days old']);
    expect(preferAncestors([daysAgo(14)], undefined, nowMs).warnings).toEqual([]);
  });
});
