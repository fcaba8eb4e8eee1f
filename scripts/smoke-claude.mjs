// Asks the real Claude API to word a made-up report, once without and once with changed files, and shows what came back:
// the one proof that no stand-in can give. It costs a cent and needs a key: ANTHROPIC_API_KEY=… npm run smoke:claude
// [-- --model NAME]. Exit code 0: both were worded by the model; 1: the template had to step in; 2: not run.
import { parseArgs } from 'node:util';
import { askClaude } from '../src/adapters/claude/ask-claude.ts';
import { findAccess } from '../src/adapters/claude/claude-access.ts';
import { inputs } from '../src/config/inputs.ts';
import { excerptChanges } from '../src/core/narrative/diff-excerpt.ts';
import { tellWithModel } from '../src/core/narrative/tell-with-model.ts';
import { someChangedFiles } from '../test/support/changed-files.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: inputs['anthropic-model'].default },
    'base-url': { type: 'string' },
  },
});
const access = findAccess(undefined, process.env, undefined);
if (access === undefined) {
  console.error(
    'NOT RUN, so nothing is proven: set ANTHROPIC_API_KEY, or the variables of workload identity federation.',
  );
  process.exit(2);
}

const latency = { kind: 'latency', metric: 'p95', moved: 'up', also: [] };
const facts = {
  situation: 'regressed',
  quietEndpoints: 9,
  findings: [
    {
      id: 'f1',
      kind: 'errors',
      name: 'POST /cart',
      metric: 'errors',
      moved: 'up',
      values: 'from 0.12 to 4.2 %',
      change: '+4.1 pp',
      also: [],
    },
    {
      ...latency,
      id: 'f2',
      name: 'GET /search',
      values: 'from 120 to 183 ms',
      change: '+52 %',
      range: 'between +40 and +65 %',
      also: [{ metric: 'p50', change: '+33 %' }],
      reach: 'usual-requests',
    },
    { ...latency, id: 'f3', name: 'GET /items/:id', values: 'from 80 to 97 ms', change: '+21 %' },
  ],
};

const log = { info: console.error, warn: console.error, debug: console.error };
const baseUrl = values['base-url'];
const settings = { access, model: values.model, log, ...(baseUrl !== undefined && { baseUrl }) };

async function tell(what, diff) {
  const ask = askClaude(settings, new AbortController().signal);
  let questions = 0;
  const narrative = await tellWithModel(
    facts,
    async (request) => {
      questions++;
      const reply = await ask(request);
      console.error(`--- ${what}, question ${questions}\n${reply.kind === 'answer' ? reply.text : reply.why}`);
      return reply;
    },
    diff,
  );
  console.log(narrative.spans.map(({ text }) => text).join(''));
  const worded = `Worded by ${narrative.model} after ${questions === 1 ? 'one question' : 'two questions'}.`;
  console.log(`${what}: ${narrative.note ?? worded}\n`);
  return narrative.model !== undefined;
}

const results = [
  await tell('Without changed files', []),
  await tell('With changed files', excerptChanges(someChangedFiles)),
];
process.exitCode = results.every(Boolean) ? 0 : 1;
