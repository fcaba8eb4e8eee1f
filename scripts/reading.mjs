// Brings docs/reading-a-report.md up to date: its quotations and its pictures, from a stored measurement of the demo
// shop. `--measure` measures that anew first, with real k6: npm run reading [-- --measure]
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measurePair } from './reading/measure-pair.mjs';
import { fillPage } from './reading/reading-page.ts';
import { reportOnStoredPair } from './reading/stored-pair.ts';
import { takePictures } from './reading/take-pictures.ts';

const { values: flags } = parseArgs({ options: { measure: { type: 'boolean', default: false } } });
if (flags.measure) await measurePair();
const docs = join(import.meta.dirname, '../docs');
const file = join(docs, 'reading-a-report.md');
const report = await reportOnStoredPair();
await writeFile(file, fillPage(await readFile(file, 'utf8'), report));
await takePictures(report, join(docs, 'reading-a-report'));
console.log(`${file}: ${report.badge}: ${report.headline}`);
