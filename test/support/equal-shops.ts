import { afterAll, afterEach, beforeAll } from 'vitest';
import { type FaultyPair, type FaultySides, startFaultyPair } from './faulty-shop.ts';
import { soundBehavior } from './faulty-shop-behavior.ts';
import { toxiproxyBinary } from './toxiproxy-binary.ts';

/** Switches of a shop that is as fast as the other one. */
export const equal = { SHOP_DB_ROUND_TRIP_MS: '0', SHOP_CPU_MS: '1' };

/** Two equal shops for the tests of one file: there before the first, sound again after each, gone after the last. */
export function equalShops(): FaultySides {
  let pair: FaultyPair;
  beforeAll(async () => {
    await toxiproxyBinary();
    pair = await startFaultyPair({ baseline: equal, candidate: equal });
  });
  afterEach(async () => {
    await Promise.all([pair.baseline, pair.candidate].map((shop) => shop.behave(soundBehavior)));
  });
  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]();
  });
  return {
    get baseline() {
      return pair.baseline;
    },
    get candidate() {
      return pair.candidate;
    },
  };
}
