/** The version people see; a test holds it equal to `package.json`. */
export const version = '0.1.0';

/** Address of a file of the repository as it is in this version, such as `docs/inputs.md`; messages name no other. */
export function pageOf(path: string): string {
  return `https://github.com/tailgate/tailgate/blob/v${version}/${path}`;
}
