import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

it('installs one undici and one client of the toolkit, which the bundles then carry once', () => {
  const lock = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package-lock.json'), 'utf8'));
  const installed = Object.keys(lock.packages as object).filter((path) => /\/(undici|http-client)$/.test(path));
  expect(installed.sort()).toEqual(['node_modules/@actions/http-client', 'node_modules/undici']);
});
