import { describe, expect, it } from 'vitest';
import { classifyExit, worseClass } from '../../../../src/adapters/k6/run/exit-class.ts';

const code = (value: number) => ({ code: value, signal: undefined });
const signal = (value: string) => ({ code: undefined, signal: value });

describe('classifyExit', () => {
  it.each([
    ['ran', [0, 99, 101, 102, 110]],
    ['aborted', [97, 98, 103, 105, 108, 137, 143]],
    ['could-not-run', [100, 104, 106, 107, 109, 255, 1, 2, 77]],
  ] as const)('calls %s what ended with one of %j', (exitClass, codes) => {
    for (const value of codes) expect(classifyExit(code(value)), String(value)).toBe(exitClass);
  });

  it('calls every signal an abort', () => {
    for (const name of ['SIGKILL', 'SIGTERM', 'SIGPIPE']) expect(classifyExit(signal(name))).toBe('aborted');
  });

  it('leaves a run usable that the time budget ended, unless it could not run at all', () => {
    expect(classifyExit(code(105), 'budget')).toBe('ran');
    expect(classifyExit(code(0), 'budget')).toBe('ran');
    expect(classifyExit(signal('SIGKILL'), 'budget')).toBe('ran');
    expect(classifyExit(code(107), 'budget')).toBe('could-not-run');
  });

  it('calls a run aborted that we stopped, whatever k6 says', () => {
    for (const reason of ['abort', 'timeout', 'target-not-used'] as const) {
      expect(classifyExit(code(0), reason)).toBe('aborted');
    }
  });
});

describe('worseClass', () => {
  it('keeps the worse of both', () => {
    expect(worseClass('ran', 'aborted')).toBe('aborted');
    expect(worseClass('could-not-run', 'aborted')).toBe('could-not-run');
    expect(worseClass('ran', 'ran')).toBe('ran');
  });
});
