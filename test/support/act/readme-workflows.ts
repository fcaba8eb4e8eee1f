import { documentWorkflows } from './document-workflows.ts';

/** The workflows that the README shows, as they stand there. */
export const readmeWorkflows = documentWorkflows
  .filter(({ document }) => document === 'README.md')
  .map(({ text }) => text);

/** The README's workflow for comparing with what was chosen. */
export function readmeWorkflow(comparing: 'two deployments' | 'stored runs'): string {
  const isDuet = comparing === 'two deployments';
  const found = readmeWorkflows.find((text) => text.includes('baseline-url:') === isDuet);
  if (found === undefined) throw new Error(`the README shows no workflow that compares ${comparing}`);
  return found;
}
