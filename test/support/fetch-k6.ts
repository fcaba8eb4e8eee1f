import { k6Binary } from './k6-binary.ts';

/** Runs once before the live tests, so that on a bare machine no test's time limit has to hold a build of k6. */
export async function setup(): Promise<void> {
  await k6Binary('2.2.0');
  await k6Binary('1.8.1');
}
