import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderTrendPage } from '../../src/core/report/html/trend-page.ts';
import { buildTrendPage } from '../../src/core/report/trend/trend-model.ts';
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
import { aShopsMonths } from '../support/stored-months.ts';

let pages: OpenedPages;

beforeAll(async () => {
  pages = await openedPages({
    shop: () => renderTrendPage(buildTrendPage(aShopsMonths(), 'branch:tailgate-baselines', [])),
    empty: () => renderTrendPage(buildTrendPage([], 'dir:baselines', ['one stored run is damaged'])),
  });
});

afterAll(() => pages?.close());

describe.each(views)('the trend page, %s and %s', (width, colorScheme, viewport) => {
  it('looks as it did', () =>
    pages.withPage('shop', { colorScheme, viewport }, (page) =>
      expectScreenshot(page, `trend-${width}-${colorScheme}`),
    ));

  it('has nothing that axe objects to and never scrolls sideways', () =>
    pages.withPage('shop', { colorScheme, viewport, bypassCSP: true }, async (page) => {
      await page.evaluate(`document.querySelectorAll('details').forEach((details) => { details.open = true; })`);
      await expectAccessible(page);
    }));
});

describe('the trend page', () => {
  it('is accessible where there is nothing to show', () =>
    pages.withPage('empty', { viewport: narrow, bypassCSP: true }, expectAccessible));

  it('needs no JavaScript: what got worse leads to its card, and every card opens', () =>
    pages.withPage('shop', { javaScriptEnabled: false }, async (page) => {
      await page.locator('.findings a').last().click();
      expect(await page.locator('details:target code').first().textContent()).toBe('GET /search');
      const closed = page.locator('details.card:not([open])').first();
      await closed.locator('> summary').click();
      expect(await page.locator('details.card[open]').count()).toBe(4);
    }));

  it('needs no sideways scrolling at twice the size', () =>
    pages.withPage('shop', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }, async (page) => {
      expect(await page.evaluate(overflow)).toBe(0);
    }));

  it('prints in black on white with every endpoint unfolded', () =>
    pages.withPage('shop', { colorScheme: 'dark' }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
      const isShown = `document.querySelector('#c1e8 .history').checkVisibility({ contentVisibilityAuto: true })`;
      expect(await page.evaluate(isShown)).toBe(true);
    }));

  it('runs no script at all', () =>
    pages.withPage('shop', {}, expectScriptRefused, [expect.stringContaining('Content Security Policy')]));
});
