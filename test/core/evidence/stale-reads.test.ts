import { describe, expect, it } from 'vitest';
import { dangersOf } from '../../../src/core/attribution/dangers.ts';
import type { SideInspection } from '../../../src/core/evidence/outside/inspection.ts';
import { type NotedAnswer, readsAfterWrites } from '../../../src/core/evidence/outside/stale-reads.ts';

let atMs = 0;
const get = (path: string, bodyHash: string, status = 200): NotedAnswer => ({
  ...{ endpoint: 'GET /carts/:id', method: 'GET', path, status, endedAtMs: ++atMs, bodyHash },
});
const post = (path: string, status = 201): NotedAnswer => ({
  ...{ endpoint: 'POST /carts/:id/items', method: 'POST', path, status, endedAtMs: ++atMs },
});

describe('readsAfterWrites', () => {
  it('counts reads that followed a write to what they read, and those that showed no change', () => {
    const answers = [
      ...[get('/carts/7', 'a'), post('/carts/7/items'), get('/carts/7', 'b')],
      ...[post('/carts/7/items'), get('/carts/7', 'b')],
    ];
    expect(readsAfterWrites(answers)).toEqual([{ endpoint: 'GET /carts/:id', unchanged: 1, of: 2 }]);
  });

  it.each<[string, NotedAnswer[]]>([
    ['a first read', [post('/carts/7/items'), get('/carts/7', 'a')]],
    ['a read without a write', [get('/carts/7', 'a'), get('/carts/7', 'a')]],
    ['a write to something else', [get('/carts/7', 'a'), post('/carts/70/items'), get('/carts/7', 'a')]],
    ['a write that failed', [get('/carts/7', 'a'), post('/carts/7/items', 409), get('/carts/7', 'a')]],
    ['a read that failed', [get('/carts/7', 'a'), post('/carts/7/items'), get('/carts/7', 'a', 404)]],
    ['the root, which is above everything', [get('/', 'a'), post('/carts/7/items'), get('/', 'a')]],
  ])('leaves out %s', (_, answers) => {
    expect(readsAfterWrites(answers)).toEqual([]);
  });
});

describe('an answer that lacks what was just written', () => {
  const side = (unchanged: number, of = 10): SideInspection => ({
    ...{ alone: [], idle: [], afterWrites: [{ endpoint: 'GET /carts/:id', unchanged, of }] },
  });

  it('is a danger where it had it before', () => {
    expect(dangersOf(side(10), side(0))).toEqual([
      { endpoint: 'GET /carts/:id', kind: 'stale-after-write', seen: 10, of: 10 },
    ]);
  });

  it('is none where it lacked it before as well, where it is rare, or where nothing is known of before', () => {
    const found = [
      dangersOf(side(10), side(10)),
      dangersOf(side(3), side(0)),
      dangersOf(side(10)),
      dangersOf(side(3, 3), side(0, 3)),
    ];
    expect(found).toEqual([[], [], [], []]);
  });
});
