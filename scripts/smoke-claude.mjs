// Asks the real Claude API to word a made-up report, and shows what came back: the one proof that no stand-in can give.
// It costs a cent and needs a key: ANTHROPIC_API_KEY=… npm run smoke:claude [-- --model NAME]. Fails when the template
// had to step in.
import { parseArgs } from 'node:util';
import { askClaude } from '../src/adapters/claude/ask-claude.ts';
import { findAccess } from '../src/adapters/claude/claude-access.ts';
import { narrativeInputs } from '../src/config/narrative-inputs.ts';
import { tellWithModel } from '../src/core/narrative/tell-with-model.ts';

const { values } = parseArgs({
  options: { model: { type: 'string', default: narrativeInputs['anthropic-model'].default } },
});
const access = findAccess(undefined, process.env, undefined);
if (access === undefined) {
  console.error('Set ANTHROPIC_API_KEY, or the variables of workload identity federation.');
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
const ask = askClaude({ access, model: values.model, log }, new AbortController().signal);
let questions = 0;
const narrative = await tellWithModel(facts, async (request) => {
  questions++;
  const reply = await ask(request);
  console.error(`--- question ${questions}\n${reply.kind === 'answer' ? reply.text : reply.why}`);
  return reply;
});
console.log(narrative.spans.map(({ text }) => text).join(''));
console.log(
  narrative.note ?? `Worded by ${narrative.model} after ${questions === 1 ? 'one question' : 'two questions'}.`,
);
process.exitCode = narrative.model === undefined ? 1 : 0;
