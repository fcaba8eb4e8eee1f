import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** The whole workflows that the README and the documents show, as they stand there; excerpts are left out. */
export const documentWorkflows = ['README.md', ...globSync('docs/*.md', { cwd: root }).sort()].flatMap((document) =>
  [...readFileSync(resolve(root, document), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map((match) => match[1] as string)
    .filter((text) => /^on:/m.test(text) && /^jobs:/m.test(text))
    .map((text) => ({ document, text })),
);
