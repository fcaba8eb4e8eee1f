import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderCommand, tailgateCommand, variablesOf } from '../src/printed-command.ts';

const source = resolve(import.meta.dirname, '../src');
const wordsOf = (command: string): string[] =>
  execFileSync('bash', ['--norc', '-c', `tailgate() { printf '%s\\0' "$@"; }\n${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

const nasty = [
  'plain-word_1.0/a:b@c=d+e%f',
  'two words',
  "it's",
  `it's "$HOME" \`id\` \\ !`,
  '-x',
  '--name',
  '',
  '~/load.js',
  '@here, a,b',
  '#!comment',
  '$(id)',
  '*?[a]{b,c}',
  'a;b&c|d>e<f',
  '\u001b[31m\u202e\u2066\u200b',
  '::set-output name=a::b ##[add-mask]c',
  'smart ’quotes‘',
  'ünïcödé 日本',
];

describe('a printed command', () => {
  it('reaches the program as it was meant, whatever its values hold', () => {
    for (const value of nasty) {
      const command = renderCommand(tailgateCommand('run', [{ name: 'name', value }], ['load.js']));
      const expected = value.startsWith('-') ? [`--name=${value}`] : ['--name', value];
      expect(wordsOf(command)).toEqual(['run', 'load.js', ...expected]);
    }
    const anyText = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll(/[\0\r\n]/g, ' '));
    const texts = fc.sample(anyText, { numRuns: 500, seed: 7 }).map((text) => text.toWellFormed());
    expect(wordsOf(renderCommand(tailgateCommand('compare', [{ name: 'baseline', value: texts }])))).toEqual([
      'compare',
      '--baseline',
      ...texts,
    ]);
  });

  it('is one printable line in which the runner finds no command', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...nasty));
    fc.assert(
      fc.property(anyText, (value) => {
        const line = renderCommand(tailgateCommand('run', [{ name: 'name', value }]));
        expect(line).toMatch(/^tailgate run --name[ =]/);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##\[/u);
      }),
    );
  });

  it('gives each line of a value by a flag of its own, as the command line reads it', () => {
    const command = tailgateCommand('run', [{ name: 'overrides', value: 'GET /a: 5%\nGET /b: 9%' }]);
    expect(renderCommand(command)).toBe("tailgate run --overrides 'GET /a: 5%' --overrides 'GET /b: 9%'");
  });

  it('takes a file that begins with a dash for a file', () => {
    expect(renderCommand(tailgateCommand('import', [], ['-x.json']))).toBe('tailgate import ./-x.json');
  });

  it('leaves a secret to the reader’s shell, which says what it lacks and runs nothing', () => {
    const value = { variable: 'BYPASS_HEADER', meaning: 'NAME: VALUE, as this run was given it' };
    const command = tailgateCommand('run', [
      { name: 'bypass-header', value },
      { name: 'env', value: 'LOGIN', reads: 'LOGIN' },
    ]);
    expect(variablesOf(command)).toEqual(['BYPASS_HEADER', 'LOGIN']);
    const line = renderCommand(command);
    const shell = (env: Record<string, string>) =>
      execFileSync('bash', ['--norc', '-c', `tailgate() { echo ran "$3"; }\n${line} 2>&1`], { encoding: 'utf8', env });
    expect(shell({ BYPASS_HEADER: 'x: y' })).toBe('ran x: y\n');
    expect(() => shell({})).toThrow(/BYPASS_HEADER: NAME: VALUE, as this run was given it/);
  });
});

describe('the sources', () => {
  it('type commands at these places, all of which are pasted by test/dist/printed-commands.live.test.ts', () => {
    const places = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && name !== 'printed-command.ts')
      .map((name) => [name, readFileSync(join(source, name), 'utf8').match(/tailgateCommand\(/g)?.length ?? 0] as const)
      .filter(([, count]) => count > 0);
    expect(Object.fromEntries(places)).toEqual({
      'commands/accept-baseline.ts': 1,
      'commands/asked-store.ts': 1,
      'commands/baseline.ts': 1,
      'commands/program.ts': 1,
      'commands/trend.ts': 1,
      'core/report/model/next-steps.ts': 2,
    });
  });

  it('spell no command by hand: what is printed is typed, so that a test can run it', () => {
    const subcommand =
      'run|duet|record|calibrate|decide|compare|import|report|baseline (?:list|show|accept|prune)|doctor';
    const byHand = new RegExp(
      `\\b(?:tailgate (?:${subcommand}) --?[a-z]|k6 (?:run|inspect) (?:-|[$A-Z]|[\\w/]+[.][jt]s))`,
    );
    const lines = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        readFileSync(join(source, name), 'utf8')
          .split('\n')
          .filter((line) => !/^\s*(?:\*|\/\/|\/\*\*)/.test(line) && byHand.test(line))
          .map((line) => `${name}: ${line.trim()}`),
      );
    expect(lines).toEqual([]);
  });
});
