import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StandIn, startEmulate, startForge } from './support/second-opinion.ts';
import { differences, scenarios } from './support/stand-in-scenarios.ts';

let forge: StandIn;
let emulate: StandIn;

beforeAll(async () => {
  [forge, emulate] = [await startForge(), await startEmulate()];
});
afterAll(async () => {
  for (const server of [forge, emulate]) await server[Symbol.asyncDispose]();
});

describe('the forge and emulate', () => {
  it.each(Object.entries(scenarios))('agree, or differ as listed: %s', async (name, play) => {
    const outcomes = { forge: await play(forge), emulate: await play(emulate) };
    const { why: _, ...listed } = differences[name] ?? { ...outcomes, emulate: outcomes.forge, why: '' };
    expect(outcomes).toEqual(listed);
    if (name in differences) expect(outcomes.forge).not.toEqual(outcomes.emulate);
  });

  it('differ in nothing that is not tried', () => {
    expect(Object.keys(scenarios)).toEqual(expect.arrayContaining(Object.keys(differences)));
  });
});
