import { renderComment } from '../../src/core/comment/comment-body.ts';
import { escapeMarkdown } from '../../src/core/report/escape.ts';
import type { Report } from '../../src/core/report/model/report-model.ts';
import { renderJunit } from '../../src/core/report/render/junit-report.ts';
import { renderMarkdown } from '../../src/core/report/render/markdown-report.ts';
import { renderText } from '../../src/core/report/render/text-report.ts';

/** What stands between `<!-- report: NAME -->` and `<!-- end -->` in docs/reading-a-report.md. */
const parts: Readonly<Record<string, (report: Report) => string>> = {
  verdict: ({ badge, headline }) => `> **${badge}: ${escapeMarkdown(headline)}**`,
  counts: ({ counts, provenance }) => `> **${escapeMarkdown(counts)}.** ${provenance.map(escapeMarkdown).join(' ')}`,
  findings: (report) => sectionWith(report, '| why it is flagged |'),
  paragraph: (report) => `> ${sectionWith(report, ' got slower: ')}`,
  terminal: (report) => `\`\`\`\n${renderText(report, { width: 90 }).trimEnd()}\n\`\`\``,
  junit: (report) => `\`\`\`xml\n${renderJunit(report).split('\n').slice(0, 21).join('\n')}\n…\n\`\`\``,
};

/** The page with everything that comes from the report as `report` has it now. */
export function fillPage(page: string, report: Report): string {
  return page.replaceAll(/(<!-- report: (\w+) -->\n\n)[\s\S]*?(\n\n<!-- end -->)/g, (_, begin, name, end) => {
    const part = parts[name];
    if (part === undefined) throw new TypeError(`the page asks for ${name}, which no report has`);
    return `${begin}${part(report)}${end}`;
  });
}

/** The comment that the pictures show. */
export function pictureComment(report: Report): string {
  const runUrl = 'https://github.com/example/shop/actions/runs/42';
  return renderComment({ marker: '<!-- tailgate -->', report, runUrl, acceptLabel: 'tailgate-accept' });
}

function sectionWith(report: Report, words: string): string {
  const section = renderMarkdown(report)
    .split('\n\n')
    .find((text) => text.includes(words));
  if (section === undefined) throw new TypeError(`the report has no part with "${words}"`);
  return section;
}
