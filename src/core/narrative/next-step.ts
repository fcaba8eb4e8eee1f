import type { Fact } from './narrative-facts.ts';

/** Where to look; each is offered only where the facts support it. */
export const nextSteps = {
  'failures-first':
    'Look at the failures before the latencies: requests that fail early also change how fast the rest looks.',
  'shared-part': 'Look first at what every request passes through, then at single endpoints.',
  'usual-requests': 'Look for work that every one of these requests now does.',
  'slow-requests':
    'Look for what only some of these requests meet, such as a lock, a retry, a cold cache or a large answer.',
  none: '',
} as const;

export type NextStep = keyof typeof nextSteps;

/** The steps that suit `findings`, the most useful one first; the last is always `none`. */
export function suitableSteps(findings: readonly Fact[]): readonly [NextStep, ...NextStep[]] {
  const [lead] = findings;
  if (lead === undefined) return ['none'];
  if (lead.kind === 'errors' || lead.kind === 'checks') {
    return findings.some(({ kind }) => kind === 'latency') ? ['failures-first', 'none'] : ['none'];
  }
  if (findings.some((fact) => fact.isBroad === true)) return ['shared-part', 'none'];
  const reaches = new Set(
    findings.filter(({ kind, name }) => kind === 'latency' && name !== undefined).map(({ reach }) => reach),
  );
  const [reach] = reaches;
  return reaches.size === 1 && reach !== undefined ? [reach, 'none'] : ['none'];
}
