import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fillPage } from '../scripts/reading/reading-page.ts';
import { reportOnStoredPair } from '../scripts/reading/stored-pair.ts';

const page = await readFile(new URL('../docs/reading-a-report.md', import.meta.url), 'utf8');

describe('docs/reading-a-report.md', () => {
  it('quotes the report as it reads now; `npm run reading` brings it up to date', async () => {
    expect(fillPage(page, await reportOnStoredPair())).toBe(page);
  });

  it('shows pictures that are there, and links only to files', async () => {
    const targets = [...page.matchAll(/(?:\]\(|srcset="|src=")([^)"#]+)/g)].map((match) => match[1] as string);
    expect(targets.length).toBeGreaterThan(7);
    for (const target of targets) await readFile(new URL(`../docs/${target}`, import.meta.url));
  });
});
