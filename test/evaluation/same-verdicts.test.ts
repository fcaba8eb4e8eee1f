import { describe, expect, it } from 'vitest';
import type { LiveRow } from '../../evaluation/live/live-row.ts';
import { saysTheSame } from '../../evaluation/live/same-verdicts.ts';

const row = (code: string, named: readonly string[] = []) => ({ code, named }) as unknown as LiveRow;

describe('saysTheSame', () => {
  const known = [
    { from: 'a', to: 'b', change: 'the wording of a warning' },
    {
      from: 'b',
      to: 'c',
      change: 'totals end nothing',
      except: ({ named }: LiveRow) => named[0] === '(all endpoints)',
    },
  ];

  it('goes back through every step, and never forward', () => {
    const counts = (code: string) => ['a', 'b', 'c'].filter((other) => saysTheSame(code, row(other), known));
    expect(counts('c')).toEqual(['a', 'b', 'c']);
    expect(counts('a')).toEqual(['a']);
  });

  it('is the code alone where nothing is known of it', () => {
    expect(['a', 'b', 'c', 'd'].filter((other) => saysTheSame('d', row(other), known))).toEqual(['d']);
  });

  it('leaves out the builds that a step judges otherwise', () => {
    expect(saysTheSame('b', row('a', ['(all endpoints)']), known)).toBe(true);
    expect(saysTheSame('c', row('a', ['(all endpoints)']), known)).toBe(false);
  });
});
