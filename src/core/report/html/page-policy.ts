/** SHA-256 of the page's only style and only script; a test compares them and prints what they have to be. */
export const styleHash = 'x/FOOYyU+VqtCVGyzrc/0wmy2Bp6NAz2wObpwhkpyCE=';
export const scriptHash = 'fneUMrojoVAW0vlsVmBwQ63agV8Co2kZhlFfBp8g2ho=';

/** Nothing is loaded, nothing is sent, and no other style or script runs, whatever a name from outside may hold. */
export const pagePolicy = policyOf([styleHash], [scriptHash]);

/** A policy under which only styles and scripts with these SHA-256 hashes count. */
export function policyOf(styleHashes: readonly string[], scriptHashes: readonly string[]): string {
  const sources = (hashes: readonly string[]) => hashes.map((hash) => `'sha256-${hash}'`).join(' ') || "'none'";
  return [
    "default-src 'none'",
    `style-src ${sources(styleHashes)}`,
    `script-src ${sources(scriptHashes)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
