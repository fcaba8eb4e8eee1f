import { describe, expect, it } from 'vitest';
import { sameVerdicts } from '../../evaluation/live/same-verdicts.ts';

describe('sameVerdicts', () => {
  const known = [
    { from: 'a', to: 'b', change: 'the wording of a warning' },
    { from: 'b', to: 'c', change: 'what a look costs' },
  ];

  it('goes back through every step, and never forward', () => {
    expect([...sameVerdicts('c', known)].sort()).toEqual(['a', 'b', 'c']);
    expect([...sameVerdicts('a', known)]).toEqual(['a']);
  });

  it('is the code alone where nothing is known of it', () => {
    expect([...sameVerdicts('d', known)]).toEqual(['d']);
  });
});
