import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  type AcceptanceFacts,
  decideAcceptance,
  loginsToAsk,
  readReason,
} from '../../../src/core/acceptance/decide-acceptance.ts';

const nowMs = Date.parse('2026-11-25T10:00:00Z');

function facts(overrides: Partial<AcceptanceFacts> = {}): AcceptanceFacts {
  return {
    label: 'tailgate-accept',
    pullRequest: 7,
    labels: ['bug', 'tailgate-accept'],
    labeled: [{ label: 'tailgate-accept', by: 'maintainer', at: '2026-11-25T09:00:00Z' }],
    comments: [{ by: 'maintainer', at: '2026-11-25T08:00:00Z', body: 'tailgate accept: the export streams now' }],
    writers: new Set(['maintainer', 'second']),
    nowMs,
    ...overrides,
  };
}

describe('decideAcceptance', () => {
  it('takes a label and a reason from somebody with write permission', () => {
    expect(decideAcceptance(facts())).toEqual({
      kind: 'accepted',
      acceptance: {
        by: 'maintainer',
        reasonBy: 'maintainer',
        reason: 'the export streams now',
        label: 'tailgate-accept',
        labeledAt: '2026-11-25T09:00:00Z',
        until: '2026-12-25',
        pullRequest: 7,
      },
    });
  });

  it('is nothing without the label, whatever was set once and whatever other labels are there', () => {
    expect(decideAcceptance(facts({ labels: ['bug'] }))).toEqual({ kind: 'none' });
  });

  it('does not count a label set by somebody without write permission', () => {
    const labeled = [{ label: 'tailgate-accept', by: 'stranger', at: '2026-11-25T09:00:00Z' }];
    expect(decideAcceptance(facts({ labeled }))).toMatchObject({
      kind: 'ignored',
      why: expect.stringContaining('stranger, who set it, has no write permission'),
    });
  });

  it('goes by who set the label last', () => {
    const first = { label: 'tailgate-accept', by: 'maintainer', at: '2026-11-25T09:00:00Z' };
    const second = { ...first, by: 'stranger', at: '2026-11-25T09:30:00Z' };
    expect(decideAcceptance(facts({ labeled: [second, first] })).kind).toBe('ignored');
  });

  it('does not count a label without a reason, nor with a stranger’s reason', () => {
    expect(decideAcceptance(facts({ comments: [] }))).toMatchObject({ why: expect.stringContaining('gave a reason') });
    const comments = [{ by: 'stranger', at: '2026-11-25T08:00:00Z', body: 'tailgate accept: trust me' }];
    expect(decideAcceptance(facts({ comments }))).toMatchObject({ why: expect.stringContaining('stranger gave one') });
  });

  it('takes the newest reason of somebody with write permission, who may be another person', () => {
    const comments = [
      { by: 'second', at: '2026-11-25T09:10:00Z', body: 'tailgate accept: agreed with checkout until 2026-12-01' },
      { by: 'stranger', at: '2026-11-25T09:20:00Z', body: 'tailgate accept: mine' },
      { by: 'maintainer', at: '2026-11-25T08:00:00Z', body: 'tailgate accept: older' },
    ];
    expect(decideAcceptance(facts({ comments }))).toMatchObject({
      acceptance: { by: 'maintainer', reasonBy: 'second', reason: 'agreed with checkout', until: '2026-12-01' },
    });
  });

  it('expires after the day that was said', () => {
    const comments = [{ by: 'maintainer', at: '2026-11-01T08:00:00Z', body: 'tailgate accept: x until 2026-11-24' }];
    expect(decideAcceptance(facts({ comments }))).toMatchObject({ why: expect.stringContaining('until 2026-11-24') });
    const lastDay = Date.parse('2026-11-24T23:59:59Z');
    expect(decideAcceptance(facts({ comments, nowMs: lastDay })).kind).toBe('accepted');
  });

  it('expires by itself, and not before', () => {
    const later = (days: number) => decideAcceptance(facts({ nowMs: nowMs + days * 86_400_000 })).kind;
    expect([later(30), later(31)]).toEqual(['accepted', 'ignored']);
  });

  it('does not accept for longer than a year', () => {
    const comments = [{ by: 'maintainer', at: '2026-11-25T08:00:00Z', body: 'tailgate accept: x until 2036-01-01' }];
    expect(decideAcceptance(facts({ comments })).kind).toBe('ignored');
  });

  it('asks only for those whose permission matters', () => {
    const comments = [
      { by: 'chatter', at: '2026-11-25T08:00:00Z', body: 'looks good' },
      ...Array.from({ length: 30 }, (_, i) => ({
        by: `user${i}`,
        at: `2026-11-25T09:00:${10 + i}Z`,
        body: 'tailgate accept: me too',
      })),
    ];
    const asked = loginsToAsk(facts({ comments }));
    expect(asked).toHaveLength(8);
    expect(asked.slice(0, 2)).toEqual(['maintainer', 'user29']);
  });
});

describe('readReason', () => {
  it.each([
    ['tailgate accept: because', { reason: 'because' }],
    ['Hello\r\n  Tailgate Accept:  because (until 2026-12-31)\r\nbye', { reason: 'because', until: '2026-12-31' }],
    ['tailgate accept: because, until 2026-12-31.', { reason: 'because', until: '2026-12-31' }],
    ['tailgate accept: because until 2026-02-31', { reason: 'because' }],
  ])('reads %j', (body, reason) => {
    expect(readReason(body)).toEqual(reason);
  });

  it.each([
    '',
    'tailgate accept:',
    '> tailgate accept: quoted',
    'please `tailgate accept: x`',
    'tailgate accept: until 2026-12-31',
  ])('finds no reason in %j', (body) => {
    expect(readReason(body)).toBeUndefined();
  });

  test.prop([fc.string()])('keeps any text to one line of bounded length', (text) => {
    const reason = readReason(`tailgate accept: ${text}`)?.reason ?? '';
    expect(reason.length).toBeLessThanOrEqual(300);
    expect(reason).not.toContain('\n');
  });
});
