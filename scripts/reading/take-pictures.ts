import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { PNG } from 'pngjs';
import { renderHtml } from '../../src/core/report/html/html-report.ts';
import type { Report } from '../../src/core/report/model/report-model.ts';
import { aBrowser } from '../../test/support/a-browser.ts';
import { githubPage } from '../../test/support/github-page.ts';
import { pictureComment } from './reading-page.ts';

interface Picture {
  readonly page: 'comment' | 'html';
  readonly colorScheme: 'light' | 'dark';
  readonly widthPx: number;
  /** Taller pages are cut off here; whole unless given. */
  readonly heightPx?: number;
  readonly scale: number;
}

const pictures: Readonly<Record<string, Picture>> = {
  'comment-light': { page: 'comment', colorScheme: 'light', widthPx: 880, scale: 1.5 },
  'comment-dark': { page: 'comment', colorScheme: 'dark', widthPx: 880, scale: 1.5 },
  'phone-light': { page: 'comment', colorScheme: 'light', widthPx: 390, scale: 1.5 },
  'phone-dark': { page: 'comment', colorScheme: 'dark', widthPx: 390, scale: 1.5 },
  'page-light': { page: 'html', colorScheme: 'light', widthPx: 1100, heightPx: 1300, scale: 1 },
  'page-dark': { page: 'html', colorScheme: 'dark', widthPx: 1100, heightPx: 1300, scale: 1 },
};

/** Takes every picture of docs/reading-a-report.md in a real browser. */
export async function takePictures(report: Report, directory: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'tailgate-reading-'));
  const browser = await aBrowser();
  try {
    await mkdir(directory, { recursive: true });
    const files = { comment: join(scratch, 'comment.html'), html: join(scratch, 'page.html') };
    await writeFile(files.comment, githubPage(pictureComment(report)));
    await writeFile(files.html, renderHtml(report));
    for (const [name, picture] of Object.entries(pictures)) {
      await take(browser, picture, pathToFileURL(files[picture.page]).href, join(directory, `${name}.png`));
    }
  } finally {
    await browser.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function take(browser: Browser, picture: Picture, url: string, path: string): Promise<void> {
  const { colorScheme, widthPx, heightPx, scale } = picture;
  const context = await browser.newContext({
    viewport: { width: widthPx, height: heightPx ?? 400 },
    colorScheme,
    deviceScaleFactor: scale,
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate('document.fonts.ready');
  const seen = await page.screenshot({ fullPage: heightPx === undefined, animations: 'disabled' });
  // Without transparency and packed well, a picture weighs two thirds.
  await writeFile(
    path,
    PNG.sync.write(PNG.sync.read(seen), { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType: 0 }),
  );
  await context.close();
}
