import { renderToString } from 'preact-render-to-string';
import { el } from './element.ts';

export interface PageParts {
  readonly title: string;
  /** Content-Security-Policy. */
  readonly policy: string;
  readonly styles: readonly string[];
  /** Finished HTML. */
  readonly body: string;
  readonly script?: string;
}

/** A whole page around `body`. */
export function pageDocument({ title, policy, styles, body, script }: PageParts): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    spelledOut(renderToString(el('title', title))),
    ...styles.map((style) => `<style>${style}</style>`),
    '</head>',
    '<body>',
    body,
    ...(script === undefined ? [] : [`<script>${script}</script>`]),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Numbers stay on the line of their unit, except in names, which are kept as they are; shapes are written briefly. */
export function polished(html: string): string {
  return spelledOut(html)
    .split(/(<code>.*?<\/code>)/)
    .map((part) => (part.startsWith('<code>') ? part : part.replaceAll(/(?<=\d) (?=(?:%|ms|pp|s)(?!\w))/g, '\u00a0')))
    .join('')
    .replaceAll(/><\/(?:path|use|line|rect|circle)>/g, '/>');
}

/** Control, direction and invisible characters of names from outside, as `\u202e`. */
function spelledOut(html: string): string {
  return html
    .toWellFormed()
    .replaceAll(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
}

/** SHA-256 of the page's only style and only script; a test compares them and prints what they have to be. */
export const styleHash = 'x/FOOYyU+VqtCVGyzrc/0wmy2Bp6NAz2wObpwhkpyCE=';
export const scriptHash = 'fneUMrojoVAW0vlsVmBwQ63agV8Co2kZhlFfBp8g2ho=';

/** Nothing is loaded, nothing is sent, and no other style or script runs, whatever a name from outside may hold. */
export const pagePolicy = contentSecurityPolicy([styleHash], [scriptHash]);

/** A policy under which only styles and scripts with these SHA-256 hashes count. */
export function contentSecurityPolicy(styleHashes: readonly string[], scriptHashes: readonly string[]): string {
  const sources = (hashes: readonly string[]) => hashes.map((hash) => `'sha256-${hash}'`).join(' ') || "'none'";
  return [
    "default-src 'none'",
    `style-src ${sources(styleHashes)}`,
    `script-src ${sources(scriptHashes)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
