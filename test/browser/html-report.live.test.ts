import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/core/report/html/html-report.ts';
import { expectScreenshot } from '../support/expect-screenshot.ts';
import {
  expectAccessible,
  expectScriptRefused,
  narrow,
  type OpenedPages,
  openedPages,
  overflow,
  views,
} from '../support/opened-pages.ts';
import { pageCases } from '../support/page-cases.ts';

let pages: OpenedPages;

beforeAll(async () => {
  const made = Object.entries(pageCases).map(([name, make]) => [name, () => renderHtml(make())] as const);
  pages = await openedPages(Object.fromEntries(made));
});

afterAll(() => pages?.close());

const withPage: OpenedPages['withPage'] = (
  name: string,
  options: BrowserContextOptions,
  look: (page: Page) => Promise<void>,
  expected?: readonly unknown[],
) => pages.withPage(name, options, look, expected);

describe.each(views)('the HTML report, %s and %s', (width, colorScheme, viewport) => {
  it.each(['regressed', 'duet'])('looks as it did: %s', (name) =>
    withPage(name, { colorScheme, viewport }, (page) => expectScreenshot(page, `${name}-${width}-${colorScheme}`)),
  );

  it.each(['regressed', 'duet'])('has nothing that axe objects to and never scrolls sideways: %s', (name) =>
    withPage(name, { colorScheme, viewport, bypassCSP: true }, expectAccessible),
  );
});

describe.each(Object.keys(pageCases).filter((name) => name !== 'regressed' && name !== 'duet'))(
  'the HTML report of the case %s',
  (name) => {
    it('has nothing that axe objects to and never scrolls sideways', () =>
      withPage(name, { viewport: narrow, bypassCSP: true }, expectAccessible));
  },
);

describe.each(['one', 'no-baseline', 'invalid', 'inconclusive'])('the HTML report of the case %s', (name) => {
  it('looks as it did', () => withPage(name, {}, (page) => expectScreenshot(page, name)));
});

describe('the HTML report', () => {
  it('shows everything without JavaScript, the metric chosen included', () =>
    withPage('regressed', { javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('.changes caption:visible').textContent()).toMatch(/^errors/);
      await page.getByText('p50', { exact: true }).first().click();
      expect(await page.locator('.changes caption:visible').textContent()).toMatch(/^p50/);
      expect(await page.locator('button').count()).toBe(0);
      await page.getByText('The report as JSON').click();
      expect(await page.locator('#report').textContent()).toContain('"schema": "tailgate.report/2"');
    }));

  it('can be operated by keyboard alone: choose, sort, read off, follow a finding', () =>
    withPage('regressed', {}, async (page) => {
      await page.locator('#show-errorRate').focus();
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
      expect(await page.locator('.changes caption:visible').textContent()).toMatch(/^p50/);
      const endpoints = () => page.locator('.panel-p50 tbody th').allInnerTexts();
      await page.locator('.panel-p50 th button').first().focus();
      await page.keyboard.press('Enter');
      expect(await endpoints()).toEqual((await endpoints()).toSorted());
      await page.keyboard.press('Enter');
      expect(await endpoints()).toEqual((await endpoints()).toSorted().reverse());
      await page.locator('#e1 .frame').first().focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#e1 .reading').textContent()).toMatch(/^p20: \d/);
      await page.locator('.findings a').last().focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('details:target').getAttribute('open')).not.toBeNull();
    }));

  it('opens the endpoint that is followed to', () =>
    withPage('regressed', {}, async (page) => {
      expect(await page.locator('#e8').getAttribute('open')).toBeNull();
      await page.locator('label[for=show-p95]').click();
      await page.locator('.panel-p95 a[href="#e8"]').click();
      await page.waitForSelector('#e8[open]');
    }));

  it.each(['regressed', 'fifty', 'hostile-names'])('needs no sideways scrolling at twice the size: %s', (name) =>
    withPage(name, { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }, async (page) => {
      expect(await page.evaluate(overflow)).toBe(0);
    }),
  );

  it('prints in black on white with every endpoint unfolded', () =>
    withPage('regressed', { colorScheme: 'dark' }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
      expect(
        await page.evaluate(`document.querySelector('#e9 .figures').checkVisibility({ contentVisibilityAuto: true })`),
      ).toBe(true);
      expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    }));

  it('runs no script but its own', () =>
    withPage('regressed', {}, expectScriptRefused, [expect.stringContaining('Content Security Policy')]));
});
