import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const examples = resolve(import.meta.dirname, '../../../examples/workflows');

/** A workflow that is shipped, under the path at which a repository has it. */
export function shippedWorkflow(file: string): { readonly [path: string]: string } {
  return { [installedAt(file)]: readFileSync(join(examples, file), 'utf8') };
}

export function installedAt(file: string): string {
  return `.github/workflows/${file}`;
}
