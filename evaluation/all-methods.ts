import { otherwiseMethod } from './methods/otherwise.ts';
import { pairedMethod } from './methods/paired.ts';
import { pairedTotalsMethod } from './methods/paired-totals.ts';
import { pairedWorldsMethod } from './methods/paired-worlds.ts';
import { simulatedMethod } from './methods/simulated.ts';
import { storedMethod } from './methods/stored.ts';
import { tradeOffsMethod } from './methods/trade-offs.ts';
import { twoModesMethod } from './methods/two-modes.ts';
import type { Method } from './table.ts';

/** Everything that is evaluated, in the order of the report. A method is one file of `methods/`; add it here. */
export const allMethods: readonly Method[] = [
  storedMethod,
  pairedMethod,
  tradeOffsMethod,
  otherwiseMethod,
  simulatedMethod,
  pairedWorldsMethod,
  pairedTotalsMethod,
  twoModesMethod,
];
