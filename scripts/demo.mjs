// The mode to begin with, shown on the demo shop: base and candidate side by side. First an unchanged build (passes), then
// one in which the product list makes one query per item (fails, names the endpoint, and ends early because that is soon
// sure). Under three minutes of load, with real k6 and the command line that users run.
import { directory, environment, expectExit, onStage, say, startShop } from './demo/demo-stage.mjs';

const judgedS = 60;
// Longer than the warm-up and the judged time: the gate ends the load.
const load = { DURATION: `${judgedS + 30}s`, RATE: '80' };

await onStage(async () => {
  say('1. A pull request that changes nothing, beside its base: expected to pass');
  const base = await startShop({ SHOP_SEED: '1' });
  const unchanged = await startShop({ SHOP_SEED: '2' });
  await judge(0, base, unchanged, 'unchanged');
  await unchanged.stop();

  say('\n2. A pull request that queries the database once per product: expected to fail');
  const slower = await startShop({ SHOP_SEED: '2', SHOP_N_PLUS_ONE: '1' });
  await judge(1, base, slower, 'n-plus-one');
  await slower.stop();
  await base.stop();
});

function judge(expected, base, candidate, name) {
  return expectExit(expected, 'duet', {
    'baseline-url': base.url,
    'target-url': candidate.url,
    env: environment(load),
    'time-budget': `${judgedS}s`,
    'duet-order': 'concurrent',
    'report-dir': `${directory}/${name}`,
  });
}
