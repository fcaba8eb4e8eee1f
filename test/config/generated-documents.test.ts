import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileOnlyDocs } from '../../src/config/file-only-docs.ts';
import { fileOnlyKeys } from '../../src/config/file-only-settings.ts';
import { inputNames, inputs } from '../../src/config/inputs.ts';
import { outputs } from '../../src/config/outputs.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const read = async (path: string) => parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'));

describe('action.yml', () => {
  it('declares every input and output and starts the bundle on node24', async () => {
    const action = await read('action.yml');
    expect(Object.keys(action.inputs)).toEqual(inputNames);
    expect(Object.keys(action.outputs)).toEqual(Object.keys(outputs));
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.mjs' });
  });

  it('gives no input a default, which would win over the configuration file, but the token that only the runner knows', async () => {
    const action = await read('action.yml');
    const withDefault = inputNames.filter((name) => 'default' in action.inputs[name]);
    expect(withDefault).toEqual(['github-token']);
  });
});

describe('action-types.yml', () => {
  it('types every input and output', async () => {
    const types = await read('action-types.yml');
    expect(Object.keys(types.inputs)).toEqual(inputNames);
    expect(Object.keys(types.outputs)).toEqual(Object.keys(outputs));
    expect(types.inputs.mode).toEqual({
      type: 'enum',
      'allowed-values': ['auto', 'stored', 'duet', 'record', 'calibrate', 'measure', 'decide'],
    });
  });
});

describe('docs/inputs.md', () => {
  it('shows every input, every key that only the file has, and every output', async () => {
    const text = await readFile(new URL('../../docs/inputs.md', import.meta.url), 'utf8');
    for (const name of [...inputNames, ...fileOnlyKeys, ...Object.keys(outputs)]) expect(text).toContain(`\`${name}\``);
  });

  it.each(Object.entries(fileOnlyDocs))('gives an example of %s that is read without a problem', (key, { example }) => {
    const extra = key === 'judge-against' ? `\n${fileOnlyDocs.endpoints.example}` : '';
    const parsed = parseConfig({ inputs: {}, needs: 'comparison', configFile: { path: 'f', text: example + extra } });
    expect(parsed).toHaveProperty('config');
  });

  it.each(inputNames.filter((name) => inputs[name].default !== undefined))(
    'states a default of %s that is valid',
    (name) => {
      expect(inputs[name].parse(inputs[name].default ?? '').isValid).toBe(true);
    },
  );
});
