// Needs a Node that runs TypeScript (22.18 or newer); `npm run evaluate:causes` brings one.
import { runCauseEvaluation } from './run-cause-evaluation.ts';

await runCauseEvaluation(process.argv.slice(2));
