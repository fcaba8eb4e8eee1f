/**
 * Endpoint names, check names, messages of k6 and values of the configuration come from outside and may be hostile.
 * Every text passes one of these functions before it is printed; nothing else in the report escapes anything.
 */

/** Longest sentence, and longest name in a sentence and in a table: what matters of a name is at its beginning. */
const longestText = 2000;
const longestNameInSentence = 80;
const longestNameInTable = 160;

const zeroWidthSpace = '\u200b';

/** Most texts: nothing in them to look at closely, which the tables of many endpoints would feel. */
const plain = /^[ -~–−→×…]*$/;

/**
 * `text` on one line without control, format (bidirectional, zero-width) and private characters, which are shown as
 * `\u001b`; at most `longest` characters. Enough for a terminal and for JSON that people read.
 */
export function toPlainText(text: string, longest = longestText): string {
  if (text.length <= longest && plain.test(text)) return text;
  const visible = text
    .slice(0, longest * 4)
    .toWellFormed()
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\u${code.toString(16).padStart(4, '0')}`;
    });
  const characters = Array.from(visible);
  return characters.length <= longest ? visible : `${characters.slice(0, longest - 1).join('')}…`;
}

/** A name as part of a sentence: short, so that it can't push the sentence's own words away. */
export function nameInSentence(name: string): string {
  return toPlainText(name, longestNameInSentence).trim() || '(empty)';
}

/** `text` as `toPlainText` shows it, line by line, for messages of several lines; no line is a command to GitHub's runner. */
export function toPlainLines(text: string, longestLine = 2000): string {
  const lines = text.split(/\r?\n/).map((line) => toPlainText(line, longestLine));
  return guardWorkflowCommands(lines.join('\n'));
}

/**
 * Keeps GitHub's runner from reading a command out of printed text: `::` at the beginning of a line (blanks before it
 * don't count) and `##[` anywhere.
 */
export function guardWorkflowCommands(text: string): string {
  return text.replaceAll(/^(\s*):(?=:)/gm, `$1:${zeroWidthSpace}`).replaceAll('##[', `##${zeroWidthSpace}[`);
}

/** Figures and plain words: no character that Markdown or GitHub knows, not even at the beginning. */
const harmless = /^(?!\d+[.)](?: |$)|[+](?: |$)|.*www\.)[a-z0-9 ,.;()%+−→–×/]*$/i;

/**
 * `text` as one line of Markdown prose in which nothing is markup: no link, mention, issue reference, formula, HTML or
 * table cell. Backslashes stop Markdown; GitHub's own references look at the rendered text, so a zero-width space parts them.
 */
export function escapeMarkdown(text: string): string {
  const line = toPlainText(text).trim();
  if (harmless.test(line)) return line;
  return line
    .replaceAll(/[\\`*_[\]|~$]|<(?=[a-z/!?])|&(?=[a-z#])|^[#>]/gi, (character) => `\\${character}`)
    .replace(/^(?=[-=]|(?:[+]|\d+[.)])(?: |$))/, zeroWidthSpace)
    .replaceAll('@', `${zeroWidthSpace}@${zeroWidthSpace}`)
    .replaceAll(/#(?=\d)/g, `#${zeroWidthSpace}`)
    .replaceAll(/(GH-)(?=\d)/gi, `$1${zeroWidthSpace}`)
    .replaceAll(/(https?|ftp|mailto|xmpp):|:(?=\/\/)/gi, `$1${zeroWidthSpace}:`)
    .replaceAll(/(www)\./gi, `$1${zeroWidthSpace}.`);
}

/**
 * `text` as code in a cell of a Markdown table. Code stops mentions, references and links; the fence is longer than any
 * run of backticks inside, and a pipe is escaped as tables demand even in code.
 */
export function tableCode(text: string): string {
  const name = toPlainText(text, longestNameInTable).trim();
  return codeSpan(name.replaceAll(/\\(?=\||$)/g, `\\${zeroWidthSpace}`).replaceAll('|', '\\|'));
}

/** `text` as code in a sentence. */
export function inlineCode(text: string): string {
  return codeSpan(toPlainText(text, longestNameInSentence).trim());
}

/** Lines that are harmless by themselves, as a block of code; the fence is longer than any inside. */
export function codeBlock(code: string, language = 'sh'): string {
  const longestRun = Math.max(2, ...(code.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

function codeSpan(line: string): string {
  if (line === '') return '(empty)';
  const content = guardWorkflowCommands(line.replaceAll('<!--', `<${zeroWidthSpace}!--`));
  const longestRun = Math.max(0, ...(content.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  return longestRun === 0 ? `${fence}${content}${fence}` : `${fence} ${content} ${fence}`;
}
