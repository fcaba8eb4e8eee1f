import { describe, expect, it } from 'vitest';
import { liveCases, planBuild, planBuilds } from '../../evaluation/live/live-cases.ts';
import { openBuilds, parseRows, rowOf } from '../../evaluation/live/live-row.ts';
import { aDuetOutcome, regressed } from './a-duet-outcome.ts';

const surroundings = { code: 'abc', finishedAt: '2026-01-01T00:00:00.000Z' };

function planOf(id: string) {
  const liveCase = liveCases.find((one) => one.id === id);
  if (liveCase === undefined) throw new Error(`no case ${id}`);
  return planBuild(liveCase, 'concurrent', 1);
}

describe('rowOf', () => {
  it('calls a build right that names what was changed and nothing else', () => {
    const plan = planOf('one-20');
    const changed = plan.changedEndpoints[0] as string;
    const row = rowOf(
      plan,
      aDuetOutcome({ verdict: 'fail', comparisons: [regressed(changed, 'p95', 0.21)] }),
      surroundings,
    );
    expect(row).toMatchObject({
      findsChanged: true,
      namesOnlyChanged: true,
      named: [`${changed} p95`],
      measuredP95Change: 0.21,
    });
  });

  it('calls a build wrong that names an endpoint which was left alone', () => {
    const plan = planOf('one-20');
    const comparisons = [regressed(plan.changedEndpoints[0] as string, 'p95'), regressed('GET /other', 'p50')];
    const row = rowOf(plan, aDuetOutcome({ verdict: 'fail', comparisons }), surroundings);
    expect(row).toMatchObject({ findsChanged: true, namesOnlyChanged: false });
  });

  it('takes all endpoints together for the right name only where at least half were changed', () => {
    const outcome = aDuetOutcome({ verdict: 'fail', comparisons: [regressed('(all endpoints)', 'p50')] });
    expect(rowOf(planOf('cpu-30'), outcome, surroundings)).toMatchObject({
      findsChanged: true,
      namesOnlyChanged: true,
    });
    expect(rowOf(planOf('half-20'), outcome, surroundings)).toMatchObject({ namesOnlyChanged: true });
    expect(rowOf(planOf('one-50'), outcome, surroundings)).toMatchObject({
      findsChanged: false,
      namesOnlyChanged: false,
    });
  });

  it('finds nothing in a build that passes', () => {
    const plan = planOf('one-10');
    const row = rowOf(plan, aDuetOutcome({ verdict: 'pass' }), surroundings);
    expect(row).toMatchObject({ named: [], findsChanged: false, namesOnlyChanged: true });
  });
});

describe('openBuilds', () => {
  const plans = planBuilds(liveCases.slice(0, 2), ['concurrent'], 2);
  const done = plans.slice(0, 3).map((plan) => rowOf(plan, aDuetOutcome({ verdict: 'pass' }), surroundings));

  it('leaves out what has a row', () => {
    expect(openBuilds(plans, done, new Set(['abc', 'abb']))).toEqual(plans.slice(3));
  });

  it('takes rows of other code for none', () => {
    expect(openBuilds(plans, done, new Set(['abd']))).toEqual(plans);
  });
});

describe('parseRows', () => {
  const row = rowOf(planOf('unchanged'), aDuetOutcome({ verdict: 'pass' }), surroundings);
  const line = `${JSON.stringify(row)}\n`;

  it('reads back what was written, without a last line that was cut off', () => {
    expect(parseRows(line + line + line.slice(0, 50))).toEqual([row, row]);
    expect(parseRows('')).toEqual([]);
  });

  it('refuses a whole line that is no row', () => {
    expect(() => parseRows(`${line}{"case":"unchanged"}\n`)).toThrow();
  });
});
