import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';

/** What a browser would see of a Markdown text: GitHub's dialect to HTML, with raw HTML let through, and HTML to a tree. */
export interface SeenPage {
  /** `code`, or `a[href]` where an element has attributes. */
  readonly elements: readonly string[];
  readonly comments: number;
  /** Text outside of code, and the contents of code. */
  readonly text: string;
  readonly code: readonly string[];
}

export function seePage(markdown: string): SeenPage {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  const seen = { elements: [] as string[], comments: 0, text: '', code: [] as string[] };
  visit(parseFragment(html), seen, false);
  return seen;
}

function visit(
  node: DefaultTreeAdapterTypes.Node,
  seen: { elements: string[]; comments: number; text: string; code: string[] },
  isCode: boolean,
): void {
  if (node.nodeName === '#comment') seen.comments++;
  if ('tagName' in node) {
    seen.elements.push(`${node.tagName}${node.attrs.map(({ name }) => `[${name}]`).join('')}`);
    if (node.tagName === 'code') seen.code.push('');
  }
  if ('value' in node && node.nodeName === '#text') {
    if (isCode) seen.code[seen.code.length - 1] += node.value;
    else seen.text += node.value;
  }
  const isInside = isCode || ('tagName' in node && node.tagName === 'code');
  if ('childNodes' in node) for (const child of node.childNodes) visit(child, seen, isInside);
}

/** What GitHub turns into a link, a mention or a notification in text outside of code. */
const reference = /(?:^|[^\w`])@[a-z0-9]|#\d|\bGH-\d|\bhttps?:\/\/|\bwww\.\w|\bmailto:\w|\w@\w+\.\w/i;

/** What is in `page` beside plain words in `allowed` elements; empty when nothing is. */
export function intruders(page: SeenPage, allowed: readonly string[]): string[] {
  const found = reference.exec(page.text);
  return [
    ...page.elements.filter((element) => !allowed.includes(element)).map((element) => `the element ${element}`),
    ...(page.comments > 0 ? ['a comment'] : []),
    ...(found === null ? [] : [`the reference ${JSON.stringify(found[0])}`]),
  ];
}
