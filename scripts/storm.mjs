// Many processes that write to one branch of a faithful stand-in for GitHub at once while every tenth call fails: is
// every run there once, in one line of commits? `npm run storm [-- --writers 16 --runs 20]`; some minutes.
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/core/stats/random.ts';
import { Forge } from '../test/support/forge/forge.ts';
import { everyTenth, storm, stormIds } from '../test/support/storm.ts';

const { values } = parseArgs({
  options: {
    writers: { type: 'string', default: '16' },
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: 'storm' },
  },
});
const [writers, runs] = [Number(values.writers), Number(values.runs)];
// A budget of calls that is never used up: waiting for the limit has a test of its own.
const forge = await Forge.start({ callsPerHour: 1_000_000_000 });
try {
  forge.faults.push(everyTenth(seededRandom(values.seed)));
  const began = performance.now();
  const seen = await storm(forge, writers, runs);
  const expected = stormIds(writers, runs);
  const once = expected.filter((id) => seen.ids.filter((other) => other === id).length === 1).length;
  const seconds = Math.round((performance.now() - began) / 1000);
  const isLinear = seen.merges === 0 && seen.commits === expected.length;
  console.log(`${writers} processes, ${runs} runs each, ${seconds} s`);
  console.log(`${forge.calls.length} calls of the API, ${seen.faults} of them with an injected fault`);
  console.log(`${once} of ${expected.length} runs present exactly once, ${seen.ids.length} files`);
  console.log(`${seen.commits} commits, ${seen.merges} merges: history ${isLinear ? 'is linear' : 'is NOT linear'}`);
  console.log(`git fsck --strict: ${seen.fsck || 'clean'}`);
  console.log(`${seen.givenUp} times a writer gave up after two minutes, said so, and was run again`);
  for (const line of [...seen.unwell, ...seen.problems.map(({ kind, detail }) => `${kind}: ${detail}`)]) {
    console.log(line);
  }
  const isWell = once === expected.length && seen.ids.length === expected.length && isLinear && seen.fsck === '';
  process.exitCode = isWell && seen.unwell.length === 0 && seen.problems.length === 0 ? 0 : 1;
} finally {
  await forge.stop();
}
