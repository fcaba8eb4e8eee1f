import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { differences, scenarios } from '../../test/support/stand-in-scenarios.ts';

/** What a test imports when it plays against the stand-in for GitHub. */
const rig = /support\/(?:forge\/forge|repository-rig|publishing-rig|act\/workflow-rig|storm)\.ts'/;

/** The document on everything that is tried against the stand-in, from the names of the tests. */
export async function rigScenariosDocument(root, generated) {
  const files = (await readdir(join(root, 'test'), { recursive: true })).filter((file) => file.endsWith('.test.ts'));
  const sections = [];
  let count = 0;
  for (const file of files.map((name) => name.replaceAll('\\', '/')).sort()) {
    const text = await readFile(join(root, 'test', file), 'utf8');
    if (!rig.test(text)) continue;
    const rows = titlesIn(text);
    count += rows.length;
    const lines = rows.map(([subject, title]) => `| ${cell(subject)} | ${cell(title)} |`);
    sections.push(`## \`test/${file}\`\n\n| | |\n|---|---|\n${lines.join('\n')}`);
  }
  return `<!-- ${generated} -->
# What is tried against the stand-in for GitHub

The tests talk to \`test/support/forge\`: GitHub's interface on a local port, with a real bare repository behind it, every request
and answer checked against GitHub's own description, tokens that may do what a job's \`permissions:\` say, limits, pages, and faults
on demand. An unknown route, a missing permission or a request of another shape fails the test. Nothing here was run on github.com.

${count} scenarios, by the tests that play them:

${sections.join('\n\n')}

## Where another stand-in says something else

\`test/second-opinion.live.test.ts\` plays these against ours and against [emulate](https://www.npmjs.com/package/emulate) 0.12.2:

${Object.keys(scenarios)
  .map((name) => `- ${cell(name)}`)
  .join('\n')}

They agree but for this; a difference that comes or goes fails the test:

| tried | ours | emulate | |
|---|---|---|---|
${Object.entries(differences)
  .map(
    ([name, { forge, emulate, why }]) =>
      `| ${[name, forge, emulate, why].map((text) => cell(String(text))).join(' | ')} |`,
  )
  .join('\n')}
`;
}

/** \`[describe, it]\` of each test. */
function titlesIn(text) {
  const rows = [];
  let subject = '';
  for (const match of text.matchAll(/^ *(describe|it)(\.each)?\(/gm)) {
    let at = match.index + match[0].length;
    if (match[2] !== undefined) at = text.indexOf('(', closing(text, at)) + 1;
    const title = literalAt(text, at);
    if (title === undefined) continue;
    if (match[1] === 'describe') subject = title;
    else rows.push([subject, title]);
  }
  return rows;
}

/** Where the parenthesis that opened before `from` is closed. */
function closing(text, from) {
  let depth = 1;
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (quote !== '') {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (`'"\``.includes(character)) quote = character;
    else if (character === '/' && /[(,[]\s*$/.test(text.slice(Math.max(at - 20, 0), at))) at = endOfPattern(text, at);
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
  }
  return text.length;
}

/** A regular expression may hold parentheses and quotes of its own. */
function endOfPattern(text, from) {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '/' || text[at] === '\n') return at;
  }
  return from;
}

function literalAt(text, from) {
  const [, , body] = /^\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/.exec(text.slice(from, from + 1000)) ?? [];
  return body?.replaceAll(/\\(.)/g, '$1');
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll(/[<>]/g, (sign) => `\\${sign}`);
}
