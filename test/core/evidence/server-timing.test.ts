import { describe, expect, it } from 'vitest';
import { parseServerTiming } from '../../../src/core/evidence/outside/server-timing.ts';

describe('parseServerTiming', () => {
  it.each([
    ['db;dur=53.2', [{ name: 'db', durationMs: 53.2 }]],
    [
      'db;dur=53;desc="3 queries", total;dur=60',
      [
        { name: 'db', durationMs: 53, calls: 3, description: '3 queries' },
        { name: 'total', durationMs: 60 },
      ],
    ],
    ['cache;desc="Cache Read";dur=23.2', [{ name: 'cache', durationMs: 23.2, description: 'Cache Read' }]],
    ['a;desc="one, two; three";dur=1', [{ name: 'a', durationMs: 1, description: 'one, two; three' }]],
    ['a;desc="say \\"no\\""', [{ name: 'a', description: 'say "no"' }]],
    ['miss, hit;dur=0', [{ name: 'miss' }, { name: 'hit', durationMs: 0 }]],
    ['a;DUR = 5;dur=9', [{ name: 'a', durationMs: 5 }]],
  ])('reads %s', (header, parts) => {
    expect(parseServerTiming(header)).toEqual(parts);
  });

  it('takes a number at the beginning of a description for calls, not for a time or a share', () => {
    const calls = (description: string) => parseServerTiming(`x;desc="${description}"`)[0]?.calls;
    expect(['12', '1 query', '7 calls to it', 'queries=3', 'calls: 4'].map(calls)).toEqual([12, 1, 7, 3, 4]);
    expect(['12 ms', '40 %', '3.5', 'v2', ''].map(calls)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(['', ' ', ';;;', ',,', '"unfinished', 'bad name;dur=1', `${'x,'.repeat(100_000)}`])(
    'leaves out what is none, however long: %s',
    (header) => {
      expect(parseServerTiming(header).every(({ name }) => name === 'x')).toBe(true);
    },
  );
});
