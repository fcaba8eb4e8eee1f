import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import pixelmatch from 'pixelmatch';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { expect } from 'vitest';

/** So many pixels of a thousand may differ: letters are not drawn alike by every processor. */
const toleratedPerMille = 5;

/** Without transparency, as small as it goes. */
const compact = { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType: 0 } as const;

/** Taller pages are cut off: their goldens would weigh much and show little more. */
const maxHeightPx = 2400;

/**
 * Compares what the page looks like with `test/golden/browser/NAME.png`. A missing golden is written, as is every golden
 * when `UPDATE_SCREENSHOTS` is set; the seen picture of a failure goes beside it as `NAME.seen.png`.
 */
export async function expectScreenshot(page: Page, name: string): Promise<void> {
  const seen = await page.screenshot({ fullPage: true, animations: 'disabled' });
  const picture = cropped(PNG.sync.read(seen));
  const golden = resolve(import.meta.dirname, `../golden/browser/${name}.png`);
  if (process.env['UPDATE_SCREENSHOTS'] !== undefined || !existsSync(golden)) {
    if (process.env['CI'] !== undefined) expect.fail(`the golden ${name}.png is missing`);
    await mkdir(dirname(golden), { recursive: true });
    await writeFile(golden, PNG.sync.write(picture, compact));
    return;
  }
  const wanted = PNG.sync.read(await readFile(golden));
  const share = differingShare(wanted, picture);
  if (share * 1000 <= toleratedPerMille) return;
  const file = golden.replace(/\.png$/, '.seen.png');
  await writeFile(file, PNG.sync.write(picture, compact));
  expect.fail(`${(share * 100).toFixed(1)} % of the pixels differ from ${name}.png; see ${file}`);
}

function cropped(picture: PNG): PNG {
  if (picture.height <= maxHeightPx) return picture;
  const part = new PNG({ width: picture.width, height: maxHeightPx });
  PNG.bitblt(picture, part, 0, 0, picture.width, maxHeightPx, 0, 0);
  return part;
}

/** A page that grew or shrank by some lines differs in all that lies beneath, which is as it should be. */
function differingShare(a: PNG, b: PNG): number {
  if (a.width !== b.width || Math.abs(a.height - b.height) > 60) return 1;
  const height = Math.min(a.height, b.height);
  const [x, y] = [a, b].map((picture) => picture.data.subarray(0, picture.width * height * 4));
  return pixelmatch(x as Buffer, y as Buffer, undefined, a.width, height, { threshold: 0.2 }) / (a.width * height);
}
