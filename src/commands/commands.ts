/** What `cli.ts` loads when a command is really run; one bundle, so that `tailgate --version` reads none of it. */
export { listBaseline, showBaseline } from './baseline.ts';
export { compare } from './compare.ts';
export { doctor } from './doctor.ts';
export { importFile } from './import-file.ts';
export { run } from './run.ts';
