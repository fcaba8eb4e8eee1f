import { describe, expect, it } from 'vitest';
import { selectWindow } from '../../../src/core/baseline/select-window.ts';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { endpointSubject } from '../../../src/core/run-record/subject.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { labelsOf } from '../../support/rows-of.ts';

const acceptance = {
  by: 'maintainer',
  reason: 'the export streams now',
  until: '2026-11-24',
  pullRequest: 7,
  figures: [{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: 0.3 }],
};

/** One run a day in November; `acceptedOn` is the day of the run whose change was accepted. */
function runs(days: readonly number[], acceptedOn?: number): RunRecord[] {
  return days.map((day) => {
    const startedAt = `2026-11-${String(day).padStart(2, '0')}T10:00:00Z`;
    return aMeasuredRun(undefined, {
      id: `${startedAt}-x`,
      startedAt,
      ...(day === acceptedOn && { accepted: acceptance }),
    });
  });
}

function windowOn(day: number, days: readonly number[], acceptedOn?: number) {
  const [candidate] = runs([day]) as [RunRecord];
  const { window, ...rest } = selectWindow(runs(days, acceptedOn), candidate);
  return { days: window.map((run) => Number(run.startedAt.slice(8, 10))), ...rest };
}

describe('selectWindow after an accepted slowdown', () => {
  it('compares with the level before it until three runs are at the new one, and says what is excused', () => {
    const { days, accepted, warnings, excluded } = windowOn(20, [10, 11, 12, 13, 14], 13);
    expect(days).toEqual([10, 11, 12]);
    expect(accepted).toEqual(acceptance);
    expect(warnings).toContainEqual(
      expect.stringContaining('accepted by maintainer in pull request 7 until 2026-11-24'),
    );
    expect(excluded).toHaveLength(2);
  });

  it('starts anew at the accepted level with three runs', () => {
    const { days, accepted, warnings } = windowOn(20, [10, 11, 12, 13, 14, 15], 13);
    expect(days).toEqual([13, 14, 15]);
    expect(accepted).toBeUndefined();
    expect(warnings).toContainEqual(expect.stringContaining('accepted by maintainer'));
  });

  it('excuses nothing once the acceptance is over', () => {
    const { days, accepted, warnings } = windowOn(25, [10, 11, 12, 13, 14], 13);
    expect(days).toEqual([10, 11, 12]);
    expect(accepted).toBeUndefined();
    expect(warnings).toContainEqual(expect.stringContaining('that is over'));
  });

  it('compares with the level before both of two acceptances, and excuses what both took', () => {
    const second = {
      ...acceptance,
      figures: [{ subject: endpointSubject('GET /cart'), metric: 'p50', relativeChange: 0.2 }],
    };
    const stored = runs([10, 11, 12, 13, 14], 13).map((run, i) => (i === 4 ? { ...run, accepted: second } : run));
    const { window, accepted, excluded } = selectWindow(stored, runs([20])[0] as RunRecord);
    expect(window.map(({ id }) => id.slice(8, 10))).toEqual(['10', '11', '12']);
    expect(labelsOf(accepted?.figures ?? [])).toEqual(['GET /items', 'GET /cart']);
    expect(excluded).toHaveLength(2);
  });

  it('goes on excusing the earlier of two acceptances when the later one is over', () => {
    const brief = { ...acceptance, until: '2026-11-15', figures: [{ ...acceptance.figures[0], relativeChange: 0.9 }] };
    const stored = runs([10, 11, 12, 13, 14], 13).map((run, i) =>
      i === 4 ? { ...run, accepted: brief as typeof acceptance } : run,
    );
    const { accepted } = selectWindow(stored, runs([20])[0] as RunRecord);
    expect(accepted).toEqual(acceptance);
  });

  it('says of a slowdown that was accepted without a pull request where that was', () => {
    const stored = runs([10, 11, 12, 13], 13).map((run, i) =>
      i === 3 ? { ...run, accepted: { ...acceptance, pullRequest: 0 } } : run,
    );
    const { warnings } = selectWindow(stored, runs([20])[0] as RunRecord);
    expect(warnings).toContainEqual(expect.stringContaining('accepted by maintainer on the command line until'));
  });

  it('excuses still on the last day', () => {
    expect(windowOn(24, [10, 11, 12, 13, 14], 13).accepted).toEqual(acceptance);
  });

  it('is untouched where nothing was accepted', () => {
    const { days, warnings } = windowOn(20, [10, 11, 12, 13]);
    expect(days).toEqual([10, 11, 12, 13]);
    expect(warnings.join()).not.toContain('accepted');
  });
});
