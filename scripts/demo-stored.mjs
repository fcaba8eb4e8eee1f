// Where only the preview's address is known: record baselines of the demo shop, measure the unchanged shop (passes), then a
// build in which the product list makes one query per item (fails and names the endpoint). Everything runs on this
// machine, with real k6 and the command line that users run.
import { directory, environment, expectExit, onStage, say, startShop } from './demo/demo-stage.mjs';

const baselineRuns = 4;
const load = { DURATION: '20s', RATE: '120' };

await onStage(async () => {
  say(`1. Record ${baselineRuns} runs of the shop as it is on main`);
  const shop = await startShop({});
  for (let run = 1; run <= baselineRuns; run++) {
    say(`   run ${run} of ${baselineRuns}`);
    await measure(0, 'record', shop, `baseline-${run}`);
  }

  say('\n2. A pull request that changes nothing: expected to pass');
  await measure(0, 'run', shop, 'unchanged');
  await shop.stop();

  say('\n3. A pull request that queries the database once per product: expected to fail');
  const slowShop = await startShop({ SHOP_N_PLUS_ONE: '1' });
  await measure(1, 'run', slowShop, 'n-plus-one');
  await slowShop.stop();
});

function measure(expected, command, shop, name) {
  return expectExit(expected, command, {
    'target-url': shop.url,
    env: environment(load),
    'baseline-store': `dir:${directory}/baselines`,
    'report-dir': `${directory}/${name}`,
  });
}
