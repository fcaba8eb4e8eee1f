import { describe, expect, test } from 'vitest';
import { selectWindow } from '../../../src/core/baseline/select-window.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { slowed, someRuns } from '../../support/a-steady-run.ts';

const endpoints = { 'GET /items': { medianMs: 40, requests: 400 }, 'GET /cart': { medianMs: 80, requests: 400 } };

function runs(count: number) {
  return someRuns(count, endpoints, seededRandom(count));
}

describe('selectWindow', () => {
  test('takes every comparable run, oldest first, whatever the order in which they come', () => {
    const [candidate, ...stored] = runs(6).reverse();
    const { window, excluded } = selectWindow(stored, candidate as (typeof stored)[0]);
    expect(window.map(({ id }) => id)).toEqual(stored.map(({ id }) => id).sort());
    expect(excluded).toEqual([]);
  });

  test('leaves out the candidate itself, quarantined runs, unfinished runs and runs under another load', () => {
    const [candidate, a, b, c, d] = runs(5) as [ReturnType<typeof runs>[0], ...ReturnType<typeof runs>];
    const hard = { ...candidate.fingerprint.hard };
    const stored = [
      candidate,
      { ...(a as typeof candidate), quarantined: { reason: '40 % slower' } },
      { ...(b as typeof candidate), exit: { ...candidate.exit, class: 'aborted' as const } },
      { ...(c as typeof candidate), fingerprint: { hard: { ...hard, load: '80/s' }, soft: {} } },
      d as typeof candidate,
    ];
    const measured = { ...candidate, fingerprint: { hard: { ...hard, load: '50/s' }, soft: {} } };
    const { window, excluded } = selectWindow(stored, measured);
    expect(window.map(({ id }) => id)).toEqual([d?.id]);
    expect(excluded.map(({ reason }) => reason).sort()).toEqual([
      'its load is 80/s, of this run 50/s',
      'k6 did not finish: aborted',
      'quarantined: 40 % slower',
      'the candidate itself',
    ]);
  });

  test('starts anew with three red runs in a row that agree, and shows the change of level', () => {
    const all = runs(9);
    const candidate = slowed(all.pop() as (typeof all)[0], 1.5);
    const stored = all.map((run, i) => (i < 5 ? run : { ...slowed(run, 1.5), quarantined: { reason: '50 % slower' } }));
    const { window, excluded, warnings } = selectWindow(stored, candidate);
    expect(window.map(({ id }) => id)).toEqual(stored.slice(5).map(({ id }) => id));
    expect(new Set(excluded.map(({ reason }) => reason))).toEqual(new Set(['before the new level']));
    expect(warnings[0]).toMatch(/^3 red runs in a row agreed.*\+(49|50|51) %/);
  });

  test('does not start anew with two red runs, with red runs that disagree, or with a green one between them', () => {
    const quarantined = { reason: 'slower' };
    const windowOf = (factors: readonly number[]) => {
      const all = runs(5 + factors.length + 1);
      const candidate = all.pop() as (typeof all)[0];
      const stored = all.map((run, i) => {
        const factor = factors[i - 5] ?? 1;
        return factor === 1 ? run : { ...slowed(run, factor), quarantined };
      });
      return selectWindow(stored, candidate).window.length;
    };
    expect(windowOf([1.5, 1.5])).toBe(5);
    expect(windowOf([1.2, 3, 1.5])).toBe(5);
    expect(windowOf([1.5, 1.5, 1, 1.5])).toBe(6);
  });

  test('keeps the newest thirty', () => {
    const all = runs(36);
    const candidate = all.pop() as (typeof all)[0];
    const { window, excluded } = selectWindow(all, candidate);
    expect(window).toHaveLength(30);
    expect(window.at(-1)?.id).toBe(all.at(-1)?.id);
    expect(excluded).toHaveLength(5);
  });

  test('starts after the last lasting change of level', () => {
    const all = runs(17).map((run, i) => (i < 9 ? run : slowed(run, 1.4)));
    const candidate = all.pop() as (typeof all)[0];
    const { window, excluded } = selectWindow(all, candidate);
    expect(window.map(({ id }) => id)).toEqual(all.slice(9).map(({ id }) => id));
    expect(excluded.map(({ reason }) => reason)).toEqual(new Array(9).fill('before the last change of level'));
  });

  test('notices the change of level of a single endpoint', () => {
    const all = runs(17).map((run, i) => (i < 9 ? run : slowed(run, 1.6, ['GET /cart'])));
    const candidate = all.pop() as (typeof all)[0];
    expect(selectWindow(all, candidate).window).toHaveLength(7);
  });

  test('warns of soft keys that differ and does not exclude for them', () => {
    const [candidate, ...stored] = runs(4) as [ReturnType<typeof runs>[0], ...ReturnType<typeof runs>];
    const other = { ...candidate, fingerprint: { ...candidate.fingerprint, soft: { k6Version: '2.1.0' } } };
    const { window, warnings } = selectWindow(stored, other);
    expect(window).toHaveLength(3);
    expect(warnings).toContain('the version of k6 differs: this run 2.1.0, baseline runs 2.2.0');
  });

  test('gives an empty window for an empty store', () => {
    const [candidate] = runs(1);
    expect(selectWindow([], candidate as NonNullable<typeof candidate>)).toEqual({
      window: [],
      excluded: [],
      warnings: [],
    });
  });

  test('takes copies of one run under other names for that one run', () => {
    const [candidate, first, second] = runs(3) as [ReturnType<typeof runs>[0], ...ReturnType<typeof runs>];
    const copies = ['copy', 'another copy'].map((id) => ({ ...(first as typeof candidate), id }));
    const { window, excluded } = selectWindow([...copies, first, second] as (typeof candidate)[], candidate);
    expect(window).toHaveLength(2);
    expect(excluded.map(({ reason }) => reason)).toEqual(['the same run once more', 'the same run once more']);
  });

  test('warns when all baseline runs share a deployment that this run does not', () => {
    const on = (deployment: string) => (run: ReturnType<typeof runs>[0]) => ({ ...run, provenance: { deployment } });
    const [candidate, ...stored] = runs(5) as [ReturnType<typeof runs>[0], ...ReturnType<typeof runs>];
    const warnings = (own: string, last: string) =>
      selectWindow([...stored.slice(1).map(on('one')), ...stored.slice(0, 1).map(on(last))], on(own)(candidate))
        .warnings;
    expect(warnings('two', 'one').join()).toContain('made on one deployment (one)');
    expect(warnings('one', 'one').join()).not.toContain('deployment');
    expect(warnings('two', 'three').join()).not.toContain('deployment');
  });
});
