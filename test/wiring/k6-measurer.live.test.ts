import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { DuetMeasurer, DuetSetup } from '../../src/ports.ts';
import { k6CalibrationMeasurer, k6DuetMeasurer } from '../../src/wiring/k6-measurer.ts';
import { k6Binary } from '../support/k6-binary.ts';
import { k6Fixtures } from '../support/measure-script.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { type ScriptedTarget, startScriptedTarget } from '../support/scripted-target.ts';

const surroundings = () => ({ provenance: { baseline: {}, candidate: {} }, log: recordedLog() });

async function configOf(target: ScriptedTarget, inputs: Readonly<Record<string, string>> = {}) {
  const script = join(k6Fixtures, 'two-endpoints.js');
  const given = { 'target-url': target.url, script, 'k6-path': await k6Binary(), env: 'DURATION=20m', ...inputs };
  const parsed = parseConfig({ inputs: given });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** What is fixed before the first request; the measuring ends there. */
async function setupOf(measurer: DuetMeasurer): Promise<DuetSetup | undefined> {
  const controller = new AbortController();
  let setup: DuetSetup | undefined;
  await measurer.measure((begun) => {
    setup = begun;
    controller.abort();
    return { look: () => 'stop' };
  }, controller.signal);
  return setup;
}

describe('k6DuetMeasurer', () => {
  it('plans three minutes of judged load a side, in pairs of 5 s', async () => {
    await using target = await startScriptedTarget();
    await using staging = await startScriptedTarget();
    const config = await configOf(target, { 'baseline-url': staging.url });
    expect(await setupOf(k6DuetMeasurer(config, surroundings()))).toMatchObject({
      ...{ plannedPairs: 36, blockLengthMs: 5_000, order: 'concurrent', placement: 'one-host', isClosedModel: false },
    });
  });
});

describe('k6CalibrationMeasurer', () => {
  it('plans five minutes of one deployment on both sides where no other is given', async () => {
    await using target = await startScriptedTarget();
    expect(await setupOf(k6CalibrationMeasurer(await configOf(target), surroundings()))).toMatchObject({
      ...{ plannedPairs: 60, placement: 'one-deployment' },
    });
  });
});
