// Needs a Node that runs TypeScript (22.18 or newer); `npm run evaluate` brings one.
import { runEvaluation } from './run-evaluation.ts';

await runEvaluation(process.argv.slice(2));
