import { pathToFileURL } from 'node:url';

/** A rate of iteration starts: `count` in each `perMs`. */
export interface ArrivalRate {
  readonly count: number;
  readonly perMs: number;
}

interface LoadWrapperOptions {
  readonly script: string;
  readonly arrivalRate?: ArrivalRate & { readonly durationMs: number };
  /** A module that has to be loaded before the script; its `around` gets whatever the script exports. */
  readonly first?: string;
}

/**
 * A script that hands on whatever the user's exports, an arrival rate in place of VUs where the user asked for one. It is
 * CommonJS because `require()` is the one way to take all exports of a module of either kind without knowing their names,
 * the default export among them. They are read only when k6 asks: a script with an `await` at its top has none before.
 */
export function loadWrapper({ script, first, arrivalRate }: LoadWrapperOptions): string {
  const lines = [
    first === undefined
      ? 'const around = (exported) => exported;'
      : `const { around } = require(${JSON.stringify(pathToFileURL(first).href)});`,
    `const script = require(${JSON.stringify(pathToFileURL(script).href)});`,
    "for (const name of Reflect.ownKeys(script).filter((key) => typeof key === 'string')) {",
    '  Object.defineProperty(exports, name, { enumerable: true, configurable: true, get: () => around(script[name]) });',
    '}',
  ];
  if (arrivalRate !== undefined) lines.push(...optionsText(arrivalRate));
  return `${lines.join('\n')}\n`;
}

/** VUs that wait for work: one per start in a second is plenty for answers within a second; k6 adds more as needed. */
function optionsText(rate: ArrivalRate & { readonly durationMs: number }): readonly string[] {
  const perSecond = (rate.count * 1000) / rate.perMs;
  const preAllocatedVUs = Math.max(10, Math.ceil(perSecond));
  const scenario = {
    executor: 'constant-arrival-rate',
    rate: rate.count,
    timeUnit: `${rate.perMs}ms`,
    duration: `${rate.durationMs}ms`,
    preAllocatedVUs,
    maxVUs: preAllocatedVUs * 10,
  };
  return [
    'function options() {',
    '  const { vus, duration, iterations, stages, ...own } = script.options ?? {};',
    `  return { ...own, scenarios: { default: ${JSON.stringify(scenario)} } };`,
    '}',
    "Object.defineProperty(exports, 'options', { enumerable: true, get: options });",
  ];
}
