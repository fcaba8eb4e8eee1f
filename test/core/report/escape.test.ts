import { fc, test } from '@fast-check/vitest';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, guardWorkflowCommands, tableCode, toPlainText } from '../../../src/core/report/escape.ts';
import { buildReport } from '../../../src/core/report/model/report-model.ts';
import { renderMarkdown } from '../../../src/core/report/render/markdown-report.ts';
import { renderText } from '../../../src/core/report/render/text-report.ts';
import { endpointSubject } from '../../../src/core/run-record/subject.ts';
import { aComparison, aRegression, checkSubject } from '../../support/a-comparison.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { reportFacts } from '../../support/report-cases.ts';

const parser = new MarkdownIt({ html: true, linkify: true });
// GitHub links bare domains only after `www.`, which is checked by itself.
parser.linkify.set({ fuzzyLink: false });

const fragments = [
  '|',
  '\\',
  '\\|',
  '`',
  '``',
  '```',
  '@octocat',
  '@org/team',
  '#1',
  'GH-12',
  'o/r#3',
  '<b>',
  '</details>',
  '<!--',
  '-->',
  '<script>',
  '&lt;',
  '&#64;',
  'http://a.example',
  'HTTPS://a.example',
  'www.a.example',
  'mailto:a@b.example',
  'a@b.example',
  '[x](y)',
  '![x](y)',
  '[x]: y',
  '<http://a.example>',
  '*a*',
  '_a_',
  '~~a~~',
  '$a$',
  '\n',
  '\r\n',
  '\t',
  '\n\n# h\n',
  '\n- i',
  '\n```\n',
  '---',
  '===',
  '- ',
  '+ ',
  '1. ',
  '2) ',
  '> ',
  '::error::x',
  '##[group]',
  '\u001b[31m',
  '\u0000',
  '\u202e',
  '\u200b',
  '\ud800',
  '🛒',
  'é',
  ' ',
  'a',
  '  \n',
];

/** Text as an attacker would choose it, beside any text at all. */
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...fragments), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

type Token = ReturnType<typeof parser.parse>[number];

/** All tokens of `markdown`, those inside of blocks included. */
function tokensOf(markdown: string): Token[] {
  return parser.parse(markdown, {}).flatMap((token) => [token, ...(token.children ?? [])]);
}

/** What GitHub would turn into a link or a mention in rendered text outside of code. */
const reference = /(^|[^\w`])@[a-z0-9]|#\d|\bGH-\d|\bhttps?:\/\/|\bwww\.\w|\bmailto:\w/i;

const plainTypes = new Set(['paragraph_open', 'paragraph_close', 'inline', 'text', 'text_special']);

describe('escapeMarkdown', () => {
  test.prop([hostile], { numRuns: 300 })('leaves one paragraph of text without a link, a mention or markup', (text) => {
    const tokens = tokensOf(escapeMarkdown(text));
    expect(tokens.map((token) => token.type).filter((type) => !plainTypes.has(type))).toEqual([]);
    const rendered = tokens.flatMap((token) => (token.type === 'inline' ? [] : [token.content])).join('');
    expect(rendered).not.toMatch(reference);
  });

  test.prop([hostile], { numRuns: 300 })('stays one item when it follows a dash', (text) => {
    const types = tokensOf(`- ${escapeMarkdown(text)}`).map((token) => token.type);
    expect(types.filter((type) => type === 'list_item_open')).toHaveLength(1);
    expect(types.filter((type) => /heading|hr|code|fence|blockquote|html|link|image/.test(type))).toEqual([]);
  });

  it('keeps readable what needs no escaping', () => {
    const sentence = '2 of 11 endpoints got worse, most of all GET /search/:id p95 120 → 183 ms (+52 %)';
    expect(escapeMarkdown(sentence)).toBe(sentence);
    expect(parser.renderInline(escapeMarkdown('a_b|c <d> & `e`'))).toBe('a_b|c &lt;d&gt; &amp; `e`');
  });
});

describe('tableCode', () => {
  test.prop([fc.array(hostile, { minLength: 1, maxLength: 4 })], { numRuns: 300 })(
    'keeps each name one cell of code',
    (names) => {
      const header = `| ${names.map(() => 'h').join(' | ')} |\n|${'---|'.repeat(names.length)}`;
      const tokens = tokensOf(`${header}\n| ${names.map(tableCode).join(' | ')} |`);
      const isBlank = (name: string) => toPlainText(name).trim() === '';
      expect(tokens.filter((token) => token.type === 'td_open')).toHaveLength(names.length);
      expect(tokens.filter((token) => token.type === 'code_inline')).toHaveLength(
        names.filter((n) => !isBlank(n)).length,
      );
      expect(tokens.filter((token) => /html|link|image/.test(token.type))).toEqual([]);
    },
  );

  it.each([
    ['GET /a|b', 'GET /a|b'],
    ['a `b` ``c``', 'a `b` ``c``'],
    ['`', '`'],
  ])('shows %s as it is', (name, shown) => {
    const tokens = tokensOf(`| h |\n|---|\n| ${tableCode(name)} |`);
    expect(tokens.find((token) => token.type === 'code_inline')?.content).toBe(shown);
  });

  it('never carries the opening of a comment, by which comments of this tool are found again', () => {
    expect(tableCode('<!-- tailgate:shop -->')).not.toContain('<!--');
  });
});

describe('toPlainText', () => {
  test.prop([hostile, fc.integer({ min: 1, max: 60 })])(
    'has no invisible character and keeps its limit',
    (text, longest) => {
      const plain = toPlainText(text, longest);
      expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(Array.from(plain).length).toBeLessThanOrEqual(longest);
    },
  );

  it('shows what it replaces', () => {
    expect(toPlainText('a\u001b[31m\u202eb\r\nc')).toBe('a\\u001b[31m\\u202eb c');
  });
});

describe('guardWorkflowCommands', () => {
  test.prop([fc.array(hostile).map((parts) => parts.join('\n'))])('leaves no line that the runner obeys', (text) => {
    for (const line of guardWorkflowCommands(text).split('\n')) expect(line.trimStart().startsWith('::')).toBe(false);
    expect(guardWorkflowCommands(text)).not.toContain('##[');
  });
});

describe('a whole report', () => {
  const names = fc.array(hostile, { minLength: 9, maxLength: 9 });

  function reportOf(texts: readonly string[]) {
    const [a = '', b = '', c = '', d = '', warning = '', store = '', branch = '', threshold = '', check = ''] = texts;
    return buildReport(
      reportFacts({
        comparisons: [
          aRegression({ subject: endpointSubject(a) }),
          aRegression({ subject: endpointSubject(b), metric: 'errorRate', warnings: [warning] }),
          aRegression({ subject: checkSubject(check) }),
          aComparison({ subject: endpointSubject(c), verdict: 'improved' }),
          aComparison({ subject: endpointSubject(d), verdict: 'not-compared', notComparedReason: 'new' }),
        ],
        record: aMeasuredRun(
          { [a]: 10, [b]: 20 },
          {
            provenance: { commit: warning, branch },
            exit: { class: 'ran', code: 99, crossedThresholds: [threshold], thrownIterations: 0 },
          },
        ),
        result: {
          suspects: [{ subject: endpointSubject(a), metric: 'p95', relativeChange: 0.2, alphas: 2, needed: 3 }],
        },
        facts: { warnings: [warning], storeLabel: store },
      }),
    );
  }

  /** The line under the findings, and what is folded. */
  const ownHtml = /^(<\/?sub>|<details><summary>[A-Za-z ]+( \(\d+\))?<\/summary>|<\/details>)$/;

  test.prop([names], { numRuns: 60 })('keeps its own structure as Markdown, whatever the names are', (texts) => {
    const tokens = tokensOf(renderMarkdown(reportOf(texts)));
    const types = tokens.map((token) => token.type);
    expect(types.filter((type) => type === 'heading_open')).toHaveLength(1);
    expect(types.filter((type) => /^(link|image|code_block|blockquote|hr)/.test(type))).toEqual([]);
    const html = tokens.filter(({ type }) => /^html/.test(type)).map(({ content }) => content.trim());
    for (const content of html) expect(content).toMatch(ownHtml);
    expect(tokens.filter(({ type }) => type === 'fence').map(({ content }) => content)).toEqual([
      expect.stringMatching(/^tailgate duet [^\n]*\n$/),
    ]);
    const text = tokens.filter((token) => token.type === 'text').map((token) => token.content);
    for (const content of text) expect(content).not.toMatch(reference);
    expect(cellsPerRow(types)).toEqual(new Set(['5', '4']));
  });

  test.prop([names], { numRuns: 60 })('sends the terminal no control character and the runner no command', (texts) => {
    const text = renderText(reportOf(texts), { details: true });
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    for (const line of text.split('\n')) expect(line.trimStart().startsWith('::')).toBe(false);
    expect(text).not.toContain('##[');
  });

  /** How many cells the rows of the tables have: five in findings and other series, four in the endpoints with p95 and errors. */
  function cellsPerRow(types: readonly string[]): Set<string> {
    const counts = new Set<string>();
    let cells = 0;
    for (const type of types) {
      if (type === 'tr_open') cells = 0;
      else if (type === 'td_open' || type === 'th_open') cells++;
      else if (type === 'tr_close') counts.add(String(cells));
    }
    return counts;
  }
});
