import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { InputSpec } from '../../src/config/input-spec.ts';
import { actionInputNames, essentialInputs, inputNames, inputs, outputs } from '../../src/config/inputs.ts';
import { parseConfig, readText } from '../../src/config/parse-config.ts';

const read = async (path: string) => parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'));

describe('action.yml', () => {
  it('declares every input of the Action and every output, and starts the bundle on node24', async () => {
    const action = await read('action.yml');
    expect(Object.keys(action.inputs)).toEqual(actionInputNames);
    expect(Object.keys(action.outputs)).toEqual(Object.keys(outputs));
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.mjs' });
  });

  it('gives no input a default, which would win over the configuration file, but the token that only the runner knows', async () => {
    const action = await read('action.yml');
    const withDefault = actionInputNames.filter((name) => 'default' in action.inputs[name]);
    expect(withDefault).toEqual(['github-token']);
  });

  it('requires none, since a job that decides makes no load and the file may say everything', async () => {
    const action = await read('action.yml');
    expect(actionInputNames.filter((name) => action.inputs[name].required)).toEqual([]);
  });

  it('leaves to the file and to flags what is not needed to start, for a threshold, a secret or a value of another job', () => {
    const others = inputNames.filter((name) => !actionInputNames.includes(name));
    expect(others.toSorted()).toEqual([
      ...['alpha', 'anthropic-base-url', 'anthropic-model', 'block-length', 'duet-order', 'endpoints', 'group-by'],
      ...[
        'include-diff',
        'judge-against',
        'k6-args',
        'k6-mirror',
        'k6-path',
        'max-repeats',
        'metrics',
        'placement',
        'probes',
        'repeats',
      ],
      ...['restart-command', 'wait-body', 'wait-status', 'warm-up'],
    ]);
  });
});

describe('action-types.yml', () => {
  it('types every input and output', async () => {
    const types = await read('action-types.yml');
    expect(Object.keys(types.inputs)).toEqual(actionInputNames);
    expect(Object.keys(types.outputs)).toEqual(Object.keys(outputs));
    expect(types.inputs.mode).toEqual({
      type: 'enum',
      'allowed-values': ['auto', 'stored', 'duet', 'record', 'calibrate', 'measure', 'decide'],
    });
  });
});

describe('docs/inputs.md', () => {
  it('shows every input, also those that the Action has not, and every output', async () => {
    const text = await readFile(new URL('../../docs/inputs.md', import.meta.url), 'utf8');
    for (const name of [...inputNames, ...Object.keys(outputs)]) expect(text).toContain(`\`${name}\``);
  });

  it.each(inputNames.filter((name) => inputs[name].schema !== undefined))(
    'gives an example of %s that the file may hold',
    (name) => {
      const text = `${name}:\n${inputs[name].example.replace(/^/gm, '  ')}`;
      expect(parseConfig({ inputs: {}, needs: 'comparison', configFile: { path: 'f', text } })).toHaveProperty(
        'config',
      );
    },
  );

  it.each(inputNames.filter((name) => inputs[name].default !== undefined))(
    'states a default of %s that is valid',
    (name) => {
      const spec: InputSpec<unknown> = inputs[name];
      expect(readText(spec, spec.default ?? '').isValid).toBe(true);
    },
  );
});

describe('README.md', () => {
  it('shows the ten inputs that matter most and no others', async () => {
    const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [, table = ''] = /<!-- inputs: begin -->(.*)<!-- inputs: end -->/s.exec(text) ?? [];
    expect([...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name)).toEqual(essentialInputs);
    expect(essentialInputs).toHaveLength(10);
  });
});

describe('examples/.tailgate.yml', () => {
  it('is read without a problem', async () => {
    const text = await readFile(new URL('../../examples/.tailgate.yml', import.meta.url), 'utf8');
    const parsed = parseConfig({ inputs: {}, needs: 'comparison', configFile: { path: '.tailgate.yml', text } });
    expect(parsed).toMatchObject({ config: { betweenJobs: { repeats: 'fresh' } } });
  });
});
