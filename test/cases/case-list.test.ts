import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cases } from './case-list.ts';

describe('the list of cases', () => {
  it('names a test for each case that is there', () => {
    const missing = cases.filter(
      ({ test, sentence }) => !existsSync(test) || !readFileSync(test, 'utf8').includes(sentence),
    );
    expect(missing).toEqual([]);
  });

  it('names each test once', () => {
    const named = cases.map(({ test, sentence }) => `${test}: ${sentence}`);
    expect(named.filter((name, i) => named.indexOf(name) !== i)).toEqual([]);
  });
});
