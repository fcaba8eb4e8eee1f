import { type DefaultTreeAdapterTypes, parse } from 'parse5';

/** Elements that begin a line of their own. */
const blocks =
  /^(?:p|h\d|li|tr|summary|details|section|div|figure|figcaption|dt|dd|table|caption|header|main|footer|ul|ol|dl|nav|svg|g)$/;

/** No words for a reader, or the report as JSON once more. */
const silent = /^(?:script|style|head|template|pre)$/;

/** The words of a page of HTML, block by block: what somebody reads who sees no picture. */
export function pageText(html: string): string {
  const lines: string[] = [];
  let line = '';
  const end = () => {
    const text = line.replaceAll(/\s+/g, ' ').trim();
    if (text !== '') lines.push(text);
    line = '';
  };
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    const name = node.nodeName;
    if (silent.test(name)) return;
    if (blocks.test(name)) end();
    if (name === '#text' && 'value' in node) line += node.value;
    if ('childNodes' in node) for (const child of node.childNodes) visit(child);
    if (name === 'td' || name === 'th' || name === 'text' || name === 'span') line += ' ';
    if (blocks.test(name)) end();
  };
  visit(parse(html));
  end();
  return `${lines.join('\n')}\n`;
}
