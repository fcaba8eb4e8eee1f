import type { Narrative, Span } from '../../narrative/narrative.ts';
import { escapeMarkdown, inlineCode } from '../escape.ts';

/** The paragraph as GitHub Markdown, and below it, in small print, who worded it where that isn't the template as usual. */
export function narrativeMarkdown(narrative: Narrative | undefined): string {
  if (narrative === undefined) return '';
  const paragraph = narrative.spans.map(spanMarkdown).join('').trim();
  const origin =
    narrative.model === undefined
      ? narrative.note
      : `Worded by ${narrative.model}; every number and name was filled in by Tailgate.`;
  return origin === undefined ? paragraph : `${paragraph}\n\n<sub>${escapeMarkdown(origin)}</sub>`;
}

function spanMarkdown({ kind, text }: Span): string {
  if (kind === 'name') return inlineCode(text);
  const [, before = '', content = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  return `${before && ' '}${content === '' ? '' : escapeMarkdown(content)}${after && ' '}`;
}
