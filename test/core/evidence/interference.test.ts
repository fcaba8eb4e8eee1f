import { describe, expect, it } from 'vitest';
import {
  blockersOf,
  type CanaryAnswer,
  type InFlight,
  longestGapsMs,
} from '../../../src/core/evidence/outside/interference.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';

/**
 * A server with one thread: requests of `heavy` keep it for 40 ms every now and then, all others wait 20 ms for a database
 * and need the thread for 0.2 ms. What arrives while the thread is taken waits for it.
 */
function oneThread(heavyMs: number): { readonly requests: InFlight[]; readonly canaries: CanaryAnswer[] } {
  const random = seededRandom(3);
  const blocks: [number, number][] = [];
  const requests: InFlight[] = [];
  for (let at = 0; at < 12_000; at += 200) {
    const start = at + random.next() * 150;
    if (heavyMs > 0) blocks.push([start, start + heavyMs]);
    requests.push({ endpoint: 'GET /heavy', startMs: start, endMs: start + heavyMs + 20 });
  }
  const freeAt = (ms: number) => blocks.find(([from, to]) => from <= ms && ms < to)?.[1] ?? ms;
  for (let at = 0; at < 12_000; at += 25) {
    const startMs = at + random.next() * 20;
    requests.push({ endpoint: `GET /${at % 4}`, startMs, endMs: freeAt(freeAt(startMs) + 20) });
  }
  const canaries: CanaryAnswer[] = [];
  for (let startMs = 0; startMs < 12_000; startMs += 66)
    canaries.push({ startMs, durationMs: freeAt(startMs) - startMs + 0.5 });
  return { requests, canaries };
}

describe('blockersOf', () => {
  it('names whose being answered keeps the thread, before those that wait beside it', () => {
    const { requests, canaries } = oneThread(40);
    const [first, second] = blockersOf(requests, canaries);
    expect(first?.endpoint).toBe('GET /heavy');
    expect(first?.waitMs).toBeGreaterThan(10);
    expect(first?.waitMs).toBeGreaterThan(1.5 * (second?.waitMs ?? 0));
  });

  it('finds nobody where nobody keeps it', () => {
    const { requests, canaries } = oneThread(0);
    expect(Math.max(0, ...blockersOf(requests, canaries).map(({ waitMs }) => Math.abs(waitMs)))).toBeLessThan(0.01);
  });

  it('says nothing of an endpoint beside which hardly any canary was sent', () => {
    const requests = [{ endpoint: 'GET /rare', startMs: 0, endMs: 100 }];
    const canaries = Array.from({ length: 50 }, (_, i) => ({ startMs: i * 66, durationMs: 1 }));
    expect(blockersOf(requests, canaries)).toEqual([]);
  });
});

describe('longestGapsMs', () => {
  const ending = (...ends: number[]) => ends.map((endMs) => ({ endpoint: 'GET /a', startMs: 0, endMs }));

  it('is the longest time without an answer while a canary waits, its own being the last', () => {
    const canaries = [
      { startMs: 10, durationMs: 90 },
      { startMs: 200, durationMs: 50 },
    ];
    // From 10: answers at 20, 70 and, its own, at 100. From 200: none but its own at 250.
    expect(longestGapsMs(ending(5, 20, 70, 150, 400), canaries)).toEqual([50, 50]);
  });

  it('is the whole wait where one request keeps the thread, and much less where others are answered', () => {
    const { requests, canaries } = oneThread(40);
    const waited = canaries.map(({ durationMs }, i) => ({ durationMs, i })).filter(({ durationMs }) => durationMs > 20);
    const gaps = longestGapsMs(requests, canaries);
    for (const { durationMs, i } of waited) expect(gaps[i]).toBeGreaterThan(0.6 * durationMs);
    const slow = canaries.map((one) => ({ ...one, durationMs: 300 }));
    const among = longestGapsMs(oneThread(0).requests, slow).map((gap) => gap / 300);
    expect(Math.max(...among.slice(0, 150))).toBeLessThan(0.4);
  });
});
