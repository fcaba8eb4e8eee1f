import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

const { resolve } = createRequire(import.meta.url);
const stylesheet = await readFile(resolve('github-markdown-css/github-markdown.css'), 'utf8');

/** The first of GitHub's own list of fonts that a Linux machine may have. */
const letters = await Promise.all(
  [400, 600].flatMap((weight) =>
    ['latin', 'latin-ext'].map(async (subset) => {
      const file = await readFile(resolve(`@fontsource/noto-sans/files/noto-sans-${subset}-${weight}-normal.woff2`));
      const range = subset === 'latin' ? 'U+0000-00FF, U+2000-206F, U+2212' : 'U+0100-02FF';
      return `@font-face { font-family: "Noto Sans"; font-weight: ${weight}; unicode-range: ${range};
  src: url(data:font/woff2;base64,${file.toString('base64')}); }`;
    }),
  ),
);

/** Emoji as small drawings, as GitHub has them: the browser of the tests knows few of them, and those as letters. */
const emoji: Readonly<Record<string, string>> = {
  '❌': drawing('<path d="M4 4 16 16M16 4 4 16" stroke="#dd2e44" stroke-width="4" stroke-linecap="round"/>'),
  '✅': drawing(
    '<rect x="1" y="1" width="18" height="18" rx="4" fill="#77b255"/><path d="m5 10 4 4 6-8" fill="none" stroke="#fff" stroke-width="2.6"/>',
  ),
  '⚠️': drawing(
    '<path d="M10 1 20 19H0z" fill="#ffcc4d"/><path d="M10 7v6M10 15v2" stroke="#231f20" stroke-width="2"/>',
  ),
};

function drawing(shapes: string): string {
  return `<svg viewBox="0 0 20 20" width="1em" height="1em" style="vertical-align: -0.12em">${shapes}</svg>`;
}

/** What GitHub makes of a comment's Markdown, without its own links and mentions. */
function githubHtml(markdown: string): string {
  return micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
}

/** A page that shows `markdown` as GitHub shows a comment; light or dark as the browser prefers. */
export function githubPage(markdown: string): string {
  const body = Object.entries(emoji).reduce((html, [sign, svg]) => html.replaceAll(sign, svg), githubHtml(markdown));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>comment</title>
<style>${letters.join('\n')}
${stylesheet}
body { margin: 0; padding: 16px; background: #f6f8fa; }
main { max-width: 860px; margin: 0 auto; padding: 16px; border: 1px solid #d1d9e0; border-radius: 6px; background: #fff; }
main.markdown-body { font-size: 14px; }
@media (prefers-color-scheme: dark) { body { background: #010409; } main { border-color: #3d444d; background: #0d1117; } }
@media (max-width: 500px) { body { padding: 0; } }
</style></head><body><main class="markdown-body">${body}</main></body></html>`;
}
