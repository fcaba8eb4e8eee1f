import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { measureOptions } from '../../src/wiring/k6-measurer.ts';
import { recordedLog } from '../support/recorded-log.ts';

function optionsOf(side: 'baseline' | 'candidate') {
  const parsed = parseConfig({
    inputs: {
      'target-url': 'https://preview.example',
      script: 'load.js',
      env: 'RATE=5\nLOGIN=both',
      'baseline-env': 'LOGIN=of staging\nSTAGING_KEY',
      'candidate-env': 'LOGIN=of the preview',
    },
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const k6 = { path: 'k6', version: '2.2.0', major: 2 };
  return measureOptions(parsed.config, {
    k6,
    side,
    url: `https://${side}.example`,
    provenance: {},
    log: recordedLog(),
  });
}

describe('measureOptions', () => {
  it('gives each side its own address, and its own variables over those of both', () => {
    expect(optionsOf('baseline')).toMatchObject({
      target: { url: 'https://baseline.example' },
      env: { RATE: '5', LOGIN: 'of staging' },
      passThroughNames: ['STAGING_KEY'],
    });
    expect(optionsOf('candidate')).toMatchObject({
      target: { url: 'https://candidate.example' },
      env: { RATE: '5', LOGIN: 'of the preview' },
      passThroughNames: [],
    });
  });
});
