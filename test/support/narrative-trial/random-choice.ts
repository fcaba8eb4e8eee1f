import { type Random, randomInteger } from '../../../src/core/stats/random.ts';

export { type Random, randomInteger };

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[randomInteger(random, items.length)] as T;
}

/** `count` of `items`, with repetition. */
export function pickSome<T>(random: Random, items: readonly T[], count: number): T[] {
  return Array.from({ length: count }, () => pick(random, items));
}
