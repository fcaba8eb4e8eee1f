import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { refuseSelfComparison } from '../../src/wiring/measure-and-judge.ts';

function check(inputs: Readonly<Record<string, string>>) {
  const parsed = parseConfig({ inputs: { script: 'load.js', 'target-url': 'http://a.test/shop', ...inputs } });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return () => refuseSelfComparison(parsed.config);
}

describe('refuseSelfComparison', () => {
  it('refuses one address for both sides, however it is written', () => {
    expect(check({ 'baseline-url': 'http://A.test:80/shop//' })).toThrow('both "http://a.test/shop"');
  });

  it('refuses this machine beside itself under its other name', () => {
    const sides = { 'target-url': 'http://localhost:3000', 'baseline-url': 'http://127.0.0.1:3000/' };
    expect(check(sides)).toThrow('both "http://localhost:3000"');
  });

  it.each([
    ['there is no second side', {}],
    ['the paths differ', { 'baseline-url': 'http://a.test/shop-before' }],
    ['the ports differ', { 'baseline-url': 'http://a.test:8080/shop' }],
    [
      'the sides differ in what the script is told',
      { 'baseline-url': 'http://a.test/shop', 'candidate-env': 'CANARY=1' },
    ],
  ])('takes it where %s', (_, inputs) => {
    expect(check(inputs)).not.toThrow();
  });
});
