/** SHA-256 of the page's only style and only script; a test compares them and prints what they have to be. */
export const styleHash = 'M3/4mce0+iLaQkGSpXGg76wqfSvonbdY+V/AygLR1u8=';
export const scriptHash = 'S6C24pRnJm4su9YTkP1CiUjs/RJgUCSMksltkuFX9cE=';

/** Nothing is loaded, nothing is sent, and no other style or script runs, whatever a name from outside may hold. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  `script-src 'sha256-${scriptHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
