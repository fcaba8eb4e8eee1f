import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { pauseMs, ReadingPauses } from '../../../../src/adapters/k6/output/k6-output.ts';

describe('ReadingPauses', () => {
  it('lets the reader pause after the first pieces of a burst, and read the rest as it comes', () => {
    const pauses = new ReadingPauses();
    const taken = Array.from({ length: 30 }, (_, piece) => pauses.take(1_000 + piece));
    expect(taken.indexOf(false)).toBe(10);
    expect(taken.slice(10)).not.toContain(true);
  });

  it('allows as many again for the next burst', () => {
    const pauses = new ReadingPauses();
    for (let piece = 0; piece < 30; piece++) pauses.take(1_000);
    expect(pauses.take(1_199)).toBe(false);
    expect(pauses.take(1_200)).toBe(true);
  });

  const gapsMs = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 500 });
  test.prop([gapsMs])('never holds k6 up for more than a quarter of the time, plus one ration', (gaps) => {
    const pauses = new ReadingPauses();
    let nowMs = 0;
    let pausedMs = 0;
    for (const gap of gaps) {
      nowMs += gap;
      if (!pauses.take(nowMs)) continue;
      nowMs += pauseMs;
      pausedMs += pauseMs;
    }
    expect(pausedMs).toBeLessThanOrEqual(nowMs / 4 + 50);
  });
});
