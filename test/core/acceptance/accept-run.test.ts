import { describe, expect, it } from 'vitest';
import { acceptRun } from '../../../src/core/acceptance/accept-run.ts';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { decodeRunRecord, encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import { allEndpoints, endpointSubject } from '../../../src/core/run-record/subject.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

const figures = [{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: 0.3 }];
const red = aMeasuredRun(undefined, { quarantined: { reason: 'GET /items p95 rose' } });
const nowMs = Date.parse('2026-11-25T10:00:00Z');
const said = { by: 'maintainer', reason: 'exports are streamed', nowMs };

describe('acceptRun', () => {
  it('makes a red run one that carries who took how much, why and for 30 days', () => {
    const { quarantined, accepted } = acceptRun(red, said, figures);
    expect(quarantined).toBeUndefined();
    expect(accepted).toEqual({
      by: 'maintainer',
      reason: 'exports are streamed',
      until: '2026-12-25',
      pullRequest: 0,
      figures,
    });
  });

  it('leaves what was measured as it was, in a form that every reader of records takes', () => {
    const accepted = acceptRun(red, said, figures);
    const { quarantined: _, ...measured } = red;
    const { accepted: __, ...rest } = decodeRunRecord(encodeRunRecord(accepted), 'accepted');
    expect(encodeRunRecord(rest)).toBe(encodeRunRecord(measured));
  });

  it('keeps through the file what was accepted of whatever subject, by the labels that older readers know', () => {
    const others = [
      { subject: allEndpoints, metric: 'p95', relativeChange: 0.2 },
      { subject: allEndpoints, metric: 'requestRate', relativeChange: -0.2 },
      { subject: { kind: 'check', name: 'has items' }, metric: 'checkFailureRate', relativeChange: 0.04 },
      { subject: { kind: 'metric', name: 'render_time' }, metric: 'render_time', relativeChange: 0.3 },
    ] as const;
    const text = encodeRunRecord(acceptRun(red, said, [...figures, ...others]));
    expect(decodeRunRecord(text, 'accepted').accepted?.figures).toEqual([...figures, ...others]);
    const labels = JSON.parse(text).accepted.figures.map(({ endpoint }: { endpoint: string }) => endpoint);
    const all = '(all endpoints)';
    expect(labels).toEqual(['GET /items', all, all, 'has items', all]);
  });

  it('gives the run itself back when the same is said again, also on another day', () => {
    const accepted = acceptRun(red, said, figures);
    expect(acceptRun(accepted, said, [])).toBe(accepted);
    const later = { ...said, by: 'somebody else', nowMs: nowMs + 7 * 86_400_000 };
    expect(acceptRun(accepted, later, [])).toBe(accepted);
    expect(acceptRun(accepted, { ...said, until: '2026-12-25' }, [])).toBe(accepted);
  });

  it.each([
    ['another reason', { ...said, reason: 'more rows' }, { reason: 'more rows', until: '2026-12-25' }],
    ['another day', { ...said, until: '2027-01-31' }, { reason: said.reason, until: '2027-01-31' }],
    ['the same after it was over', { ...said, nowMs: nowMs + 40 * 86_400_000 }, { until: '2027-02-03' }],
  ])('takes %s in place of what was said, at the level that was accepted', (_, anew, expected) => {
    const accepted = acceptRun(red, said, figures);
    expect(acceptRun(accepted, anew, []).accepted).toMatchObject({ ...expected, figures });
  });

  it('accepts what an acceptance had nothing of', () => {
    const idle: RunRecord = { ...red, accepted: { ...said, until: '2026-12-25', pullRequest: 7, figures: [] } };
    expect(acceptRun(idle, said, figures).accepted?.figures).toEqual(figures);
  });
});
