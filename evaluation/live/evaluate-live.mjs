// Needs a Node that runs TypeScript (22.18 or newer); `npm run evaluate:live` brings one.
import { runLiveEvaluation } from './run-live-evaluation.ts';

await runLiveEvaluation(process.argv.slice(2));
