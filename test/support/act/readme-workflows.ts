import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const readme = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');

/** The workflows that the README shows, as they stand there. */
export const readmeWorkflows = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] as string);

/** The README's workflow for comparing with what was chosen. */
export function readmeWorkflow(comparing: 'two deployments' | 'stored runs'): string {
  const isDuet = comparing === 'two deployments';
  const found = readmeWorkflows.find((text) => text.includes('baseline-url:') === isDuet);
  if (found === undefined) throw new Error(`the README shows no workflow that compares ${comparing}`);
  return found;
}
