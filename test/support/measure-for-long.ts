import { measureScript, scriptFolder } from './measure-script.ts';

/** A process that measures the URL in its first argument for a minute; a test kills it. */
await using folder = await scriptFolder({
  'script.js': `import http from 'k6/http';
export const options = { vus: 1, duration: '60s' };
export default function () { http.get(__ENV.BASE_URL + '/a'); }`,
});
await measureScript({ url: process.argv[2] ?? '', scripts: ['script.js'], directory: folder.path });
