import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { formatProblem } from '../../src/config/problem.ts';

const parsed = (inputs: Readonly<Record<string, string>>, text = '') =>
  parseConfig({ inputs, needs: 'comparison', configFile: { path: '.tailgate.yml', text } });

function problems(inputs: Readonly<Record<string, string>>, text = ''): string {
  const result = parsed(inputs, text);
  return 'problems' in result ? result.problems.map(formatProblem).join('\n') : '';
}

describe('the inputs of the narrative', () => {
  it('are all optional, and kept together', () => {
    expect(parsed({})).toMatchObject({ config: { narrative: { mode: 'auto', model: 'claude-haiku-5-5' } } });
    const inputs = {
      narrative: 'template',
      'anthropic-api-key': 'sk-ant-x',
      'anthropic-model': 'us.anthropic/claude:1',
    };
    expect(parsed(inputs, 'anthropic-base-url: https://gateway.example.com/claude/')).toMatchObject({
      config: {
        narrative: {
          mode: 'template',
          apiKey: 'sk-ant-x',
          model: 'us.anthropic/claude:1',
          baseUrl: 'https://gateway.example.com/claude',
        },
      },
    });
  });

  it('never quote a key that is wrong', () => {
    const text = problems({ 'anthropic-api-key': 'sk-ant one two' });
    expect(text).toContain('anthropic-api-key');
    expect(text).not.toContain('one two');
  });

  it('send a key over https, or to this machine', () => {
    expect(problems({}, 'anthropic-base-url: http://localhost:8080')).toBe('');
    expect(problems({}, 'anthropic-base-url: http://[::1]:8080')).toBe('');
    expect(problems({}, 'anthropic-base-url: http://gateway.example.com')).toContain(
      'an https address, or http to localhost',
    );
    expect(problems({}, 'anthropic-base-url: http://localhost.example.com')).toContain('an https address');
  });

  it('take no model that is a sentence', () => {
    expect(problems({ 'anthropic-model': 'the best <b>' })).toContain('the name of a model');
  });
});
