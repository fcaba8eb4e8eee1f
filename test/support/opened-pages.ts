import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { aBrowser } from './a-browser.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };

/** Two widths by two themes. */
export const views = [
  ['wide', 'light', wide],
  ['wide', 'dark', wide],
  ['narrow', 'light', narrow],
  ['narrow', 'dark', narrow],
] as const;

export const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** Pages on disk and a browser that opens them. */
export interface OpenedPages {
  /** Opens a page, hands it over, and fails when the page complained of anything but what is expected. */
  readonly withPage: (
    name: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<void>,
    expected?: readonly unknown[],
  ) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `pages` by name, as HTML. */
export async function openedPages(pages: Readonly<Record<string, () => string>>): Promise<OpenedPages> {
  const browser: Browser = await aBrowser();
  const folder = await mkdtemp(join(tmpdir(), 'tailgate-pages-'));
  const urls = new Map<string, string>();
  for (const [name, make] of Object.entries(pages)) {
    const file = join(folder, `${name}.html`);
    await writeFile(file, make());
    urls.set(name, pathToFileURL(file).href);
  }
  return {
    withPage: async (name, options, look, expected = []) => {
      const context = await browser.newContext({ viewport: wide, ...options });
      const complaints: string[] = [];
      try {
        const page = await context.newPage();
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('request', (request) => {
          if (request.url() !== urls.get(name)) complaints.push(`asked for ${request.url()}`);
        });
        await page.goto(urls.get(name) as string);
        await look(page);
        expect(complaints).toEqual(expected);
      } finally {
        await context.close();
      }
    },
    close: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The page's policy keeps scripts out, the tester's too, so it has to be bypassed for this. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await page.evaluate(overflow)).toBe(0);
  await page.evaluate(axeSource);
  const violations = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then((result) =>
      result.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((node) => node.html).join(' ')))`,
  );
  expect(violations).toEqual([]);
}

/** A script that somebody else brings into the page isn't run. */
export async function expectScriptRefused(page: Page): Promise<void> {
  const refused = await page.evaluate(`new Promise((resolve) => {
    addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.wasRun = true';
    document.body.append(script);
  })`);
  expect(refused).toBe('script-src-elem');
  expect(await page.evaluate('window.wasRun')).toBeUndefined();
}
