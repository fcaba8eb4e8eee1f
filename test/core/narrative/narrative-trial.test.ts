import { describe, expect, it } from 'vitest';
import { runTrial } from '../../support/narrative-trial/run-trial.ts';

// `npm run evaluate:narrative` tells ten thousand of them.
describe('tellWithModel against a model that lies', () => {
  it('publishes no number that is no fact, no false direction, no markup, no guess but a marked one, and never breaks', async () => {
    const result = await runTrial(80, 'unit');
    expect(result).toMatchObject({ numbers: [], directions: [], markup: [], guesses: [], leaks: [], crashes: [] });
    expect(result.guessed).toBeGreaterThan(5);
    expect(result.names).toBeGreaterThan(200);
    expect(result.accepted).toBeGreaterThan(8);
    expect(result.refusals.size).toBeGreaterThan(5);
  });
});
