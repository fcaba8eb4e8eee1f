import { describe, expect, it } from 'vitest';
import { liveCases, planBuild } from '../../evaluation/live/live-cases.ts';
import { renderLiveDocument } from '../../evaluation/live/live-document.ts';
import { type LiveRow, rowOf } from '../../evaluation/live/live-row.ts';
import type { Arm, OverheadRow } from '../../evaluation/live/overhead-row.ts';
import { aDuetOutcome, regressed } from './a-duet-outcome.ts';

function row(id: string, build: number, outcome: Parameters<typeof aDuetOutcome>[0], code = 'abc') {
  const liveCase = liveCases.find((one) => one.id === id);
  if (liveCase === undefined) throw new Error(`no case ${id}`);
  const plan = planBuild(liveCase, 'concurrent', build);
  const comparisons = outcome.verdict === 'fail' ? [regressed(plan.changedEndpoints[0] as string, 'p95', 0.5)] : [];
  return rowOf(plan, aDuetOutcome({ comparisons, reason: '', ...outcome }), { code, finishedAt: '2026-01-01' });
}

const found = (build: number, judgedS: number) =>
  row('one-50', build, { verdict: 'fail', reason: 'regressed', judgedS, stoppedEarly: true });

const arm = (p99Ms: number): Arm => ({ p50Ms: 10, p95Ms: 20, p99Ms, wallS: 20, k6CpuS: 2, tailgateCpuS: 0 });

const overhead = (pair: number, change: number): OverheadRow => ({
  code: 'abc',
  comparison: 'reading',
  pair,
  first: 'reference',
  reference: arm(100),
  measured: { ...arm(100 * change), wallS: 21 },
});

const current = { code: 'abc', saysTheSame: ({ code }: LiveRow) => code === 'abc' };

describe('renderLiveDocument', () => {
  it('shows shares with exact intervals, judged seconds with quantiles, and what was asked', () => {
    const rows = [found(1, 20), found(2, 30), found(3, 40), row('one-50', 4, { verdict: 'pass', judgedS: 180 })];
    const text = renderLiveDocument({ ...current, rows, overheads: [] });
    // Clopper-Pearson for 3 of 4: binom.test(3, 4) in R gives 0.1941 to 0.9937.
    expect(text).toContain(
      '| one endpoint +50 % | concurrent | 4 | 3 of 4 (0.19-0.99) | 3 of 4 (0.19-0.99) | 3 of 4 (0.19-0.99) | 1 pass | +50 % | 35 (23-138) | finds it in at least 10 of 10, median at most 60 s |',
    );
  });

  it('counts builds apart that could not be judged', () => {
    const invalid = row('one-50', 2, { verdict: 'invalid', reason: 'generator-saturated', judgedS: 10 });
    const text = renderLiveDocument({ ...current, rows: [found(1, 20), invalid], overheads: [] });
    expect(text).toContain('| 1 (and 1 invalid) | 1 of 1 (0.03-1.00) |');
  });

  it('leaves out rows of other code and says so', () => {
    const rows = [found(1, 20), row('one-50', 1, { verdict: 'pass' }, 'old')];
    const text = renderLiveDocument({ ...current, rows, overheads: [] });
    expect(text).toContain('among them 1 of other versions');
    expect(text).toContain('| 1 | 1 of 1');
  });

  it('counts verdicts of earlier code that says the same, but not its costs, and says so', () => {
    const rows = [found(1, 20), row('one-50', 2, { verdict: 'pass' }, 'old')];
    const saysTheSame = ({ code }: LiveRow) => code === 'abc' || code === 'old';
    const text = renderLiveDocument({ code: 'abc', saysTheSame, rows, overheads: [] });
    expect(text).toContain('| 2 | 1 of 2');
    expect(text).toContain('| concurrent | 1 | 1.5');
    expect(text).toContain('1 of the verdicts below were made by earlier versions');
  });

  it('says what the gate costs beside its load', () => {
    const text = renderLiveDocument({ ...current, rows: [found(1, 20)], overheads: [] });
    expect(text).toContain('| concurrent | 1 | 1.5 (1.5-1.5) | 4.0 % (4.0-4.0) | 2.0 % (2.0-2.0) | 3.0 (3.0-3.0) |');
  });

  it('shows paired changes, and no interval that so few pairs could not have', () => {
    const overheads = Array.from({ length: 6 }, (_, i) => overhead(i + 1, [0.99, 1, 1.01, 1.02, 0.98, 1][i] as number));
    const text = renderLiveDocument({ ...current, rows: [], overheads });
    expect(text).toMatch(
      /\| Tailgate reading \/ k6 writing to nowhere \| 6 \|.*\| \+0\.0 % \(-2\.0 % to \+2\.0 %\) \|/,
    );
    expect(text).toContain('+1.00 (+1.00 to +1.00)');
    const few = renderLiveDocument({ ...current, rows: [], overheads: overheads.slice(0, 5) });
    expect(few).toContain('+0.0 % (? to ?)');
  });
});
