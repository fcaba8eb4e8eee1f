/** SHA-256 of the page's only style and only script; a test compares them and prints what they have to be. */
export const styleHash = 'gChg4FqjI6eqRCse/AoQVLpPDeJ1Q3s8LEApbMRsyCg=';
export const scriptHash = 'fneUMrojoVAW0vlsVmBwQ63agV8Co2kZhlFfBp8g2ho=';

/** Nothing is loaded, nothing is sent, and no other style or script runs, whatever a name from outside may hold. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  `script-src 'sha256-${scriptHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
