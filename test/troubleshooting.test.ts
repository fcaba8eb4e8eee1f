import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

describe('docs/troubleshooting.md', () => {
  const codes = [...readFileSync(`${root}/src/errors.ts`, 'utf8').matchAll(/^ {2}\| '([A-Z0-9_]+)'/gm)].map(
    (match) => match[1],
  );
  const headings = [...readFileSync(`${root}/docs/troubleshooting.md`, 'utf8').matchAll(/^## ([A-Z0-9_]+)$/gm)].map(
    (match) => match[1],
  );

  it('has a heading for every error code, and none for a code that no longer exists', () => {
    expect(codes.length).toBeGreaterThan(10);
    expect(headings).toEqual(codes);
  });
});
