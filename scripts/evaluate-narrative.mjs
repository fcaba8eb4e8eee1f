// Tells many random reports by a model that is mostly against us, and counts what gets through to the reader:
// npm run evaluate:narrative [-- --reports N --seed S]. Fails when anything does.
import { parseArgs } from 'node:util';
import { runTrial } from '../test/support/narrative-trial/run-trial.ts';

const { values } = parseArgs({
  options: { reports: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const result = await runTrial(Number(values.reports), values.seed);
const rows = [
  ['reports', result.reports],
  ['different hostile names', result.names],
  ["paragraphs in the model's words", result.accepted],
  ['of these after one question', result.acceptedAtOnce],
  ['with a guess from changed files', result.guessed],
  ...[...result.refusals].sort((a, b) => b[1] - a[1]).map(([reason, count]) => [`refused: ${reason}`, count]),
  ['numbers that are no facts', result.numbers.length],
  ['false directions', result.directions.length],
  ['injected markup, mentions, links, commands', result.markup.length],
  ['guesses unmarked, of other files, or more than that', result.guesses.length],
  ['secrets and framed text leaked into a question', result.leaks.length],
  ['crashes', result.crashes.length],
];
for (const [what, count] of rows) console.log(`${what.padEnd(50)} ${count}`);
const { numbers, directions, markup, guesses, leaks, crashes } = result;
const faults = [...numbers, ...directions, ...markup, ...guesses, ...leaks, ...crashes];
for (const fault of faults.slice(0, 20)) console.log(`- ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
