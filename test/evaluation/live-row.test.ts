import { describe, expect, it } from 'vitest';
import { liveCases, planBuild, planBuilds } from '../../evaluation/live/live-cases.ts';
import { findsChanged, namesOnlyChanged, openBuilds, parseRows, rowOf } from '../../evaluation/live/live-row.ts';
import { aDuetOutcome, regressed } from './a-duet-outcome.ts';

const surroundings = { code: 'abc', finishedAt: '2026-01-01T00:00:00.000Z' };

function planOf(id: string) {
  const liveCase = liveCases.find((one) => one.id === id);
  if (liveCase === undefined) throw new Error(`no case ${id}`);
  return planBuild(liveCase, 'concurrent', 1);
}

describe('findsChanged and namesOnlyChanged', () => {
  const seen = (id: string, verdict: string, comparisons: ReturnType<typeof regressed>[] = []) => {
    const row = rowOf(planOf(id), aDuetOutcome({ verdict, comparisons }), surroundings);
    return { finds: findsChanged(row), namesOnly: namesOnlyChanged(row) };
  };
  const changed = (id: string) => planOf(id).changedEndpoints[0] as string;

  it('call a build right that names what was changed and nothing else', () => {
    const comparisons = [regressed(changed('one-20'), 'p95', 0.21)];
    expect(seen('one-20', 'fail', comparisons)).toEqual({ finds: true, namesOnly: true });
  });

  it('call a build wrong that names an endpoint which was left alone', () => {
    const comparisons = [regressed(changed('one-20'), 'p95'), regressed('GET /other', 'p50')];
    expect(seen('one-20', 'fail', comparisons)).toEqual({ finds: true, namesOnly: false });
  });

  it("don't take a check that fails with its endpoint for an endpoint that was left alone", () => {
    const comparisons = [
      regressed(changed('errors-one-2'), 'errorRate'),
      regressed('cart has a total', 'checkFailureRate'),
    ];
    expect(seen('errors-one-2', 'fail', comparisons)).toEqual({ finds: true, namesOnly: true });
    expect(seen('errors-one-2', 'fail', comparisons.slice(1))).toEqual({ finds: false, namesOnly: true });
  });

  it('take all endpoints together for the right name only where at least half were changed', () => {
    const comparisons = [regressed('(all endpoints)', 'p50')];
    expect(seen('cpu-30', 'fail', comparisons)).toEqual({ finds: true, namesOnly: true });
    expect(seen('half-20', 'fail', comparisons)).toEqual({ finds: true, namesOnly: true });
    expect(seen('one-50', 'fail', comparisons)).toEqual({ finds: false, namesOnly: false });
  });

  it('find nothing in a build that passes', () => {
    expect(seen('one-10', 'pass')).toEqual({ finds: false, namesOnly: true });
  });
});

describe('rowOf', () => {
  it('names what regressed by endpoint and metric, and tells what was measured where something was changed', () => {
    const changed = planOf('one-20').changedEndpoints[0] as string;
    const comparisons = [regressed(changed, 'p95', 0.21)];
    expect(rowOf(planOf('one-20'), aDuetOutcome({ verdict: 'fail', comparisons }), surroundings)).toMatchObject({
      named: [`${changed} p95`],
      measuredP95Change: 0.21,
    });
  });
});

describe('openBuilds', () => {
  const plans = planBuilds(liveCases.slice(0, 2), ['concurrent'], 2);
  const done = plans.slice(0, 3).map((plan) => rowOf(plan, aDuetOutcome({ verdict: 'pass' }), surroundings));

  it('leaves out what has a row', () => {
    expect(openBuilds(plans, done, ({ code }) => code === 'abc' || code === 'abb')).toEqual(plans.slice(3));
  });

  it('takes rows of other code for none', () => {
    expect(openBuilds(plans, done, ({ code }) => code === 'abd')).toEqual(plans);
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
