import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const statement = /^ *(describe|it|it\.each\([\s\S]*?\))\(\s*(['"`])((?:(?!\2)[^\\]|\\.)*)\2/gm;

/** The sentences of the tests that run the Action or parts of it against a forge, by what they are about. */
export function scenarioList(root) {
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort();
  return files
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(
      ({ path, text }) =>
        path.startsWith('test/workflows/') || /\/forge\/forge\.ts|decide-rig\.ts|repository-rig\.ts/.test(text),
    )
    .map(({ path, text }) => section(path, text))
    .join('\n\n');
}

function section(path, text) {
  const lines = [...text.matchAll(statement)].map(([, kind, , title]) => {
    const words = title.replaceAll(/\\(.)/g, '$1').replaceAll('|', '\\|');
    return kind === 'describe' ? `| **${words}** |` : `| ${words} |`;
  });
  return `| [${path}](../${path}) |\n|---|\n${lines.join('\n')}`;
}
