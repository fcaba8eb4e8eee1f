import { pathToFileURL } from 'node:url';

/** A rate of iteration starts: `count` in each `perMs`. */
export interface ArrivalRate {
  readonly count: number;
  readonly perMs: number;
}

interface LoadWrapperOptions {
  readonly script: string;
  readonly arrivalRate?: ArrivalRate & { readonly durationMs: number };
  /** Modules that have to be loaded before the script, in this order; their `around` gets whatever the script exports. */
  readonly modules?: readonly string[];
  /** In place of the script's own scenarios. */
  readonly scenarios?: Readonly<Record<string, object>>;
}

/**
 * A script that hands on whatever the user's exports, an arrival rate in place of VUs where the user asked for one. It is
 * CommonJS because `require()` is the one way to take all exports of a module of either kind without knowing their names,
 * the default export among them. They are read only when k6 asks: a script with an `await` at its top has none before.
 */
export function loadWrapper({ script, modules = [], arrivalRate, scenarios }: LoadWrapperOptions): string {
  const required = modules.map((module) => `require(${JSON.stringify(pathToFileURL(module).href)})`);
  const lines = [
    `const modules = [${required.join(', ')}];`,
    'const around = (exported) => modules.reduce((value, module) => module.around(value), exported);',
    `const script = require(${JSON.stringify(pathToFileURL(script).href)});`,
    "for (const name of Reflect.ownKeys(script).filter((key) => typeof key === 'string')) {",
    '  Object.defineProperty(exports, name, { enumerable: true, configurable: true, get: () => around(script[name]) });',
    '}',
  ];
  const replaced = scenarios ?? (arrivalRate && { default: arrivalScenario(arrivalRate) });
  if (replaced !== undefined) lines.push(...optionsText(replaced));
  return `${lines.join('\n')}\n`;
}

/**
 * One scenario that starts iterations at `rate`. VUs that wait for work: one per start in a second is plenty for answers
 * within a second; k6 adds more as needed.
 */
export function arrivalScenario(rate: ArrivalRate & { readonly durationMs: number }): object {
  const perSecond = (rate.count * 1000) / rate.perMs;
  const preAllocatedVUs = Math.max(10, Math.ceil(perSecond));
  return {
    executor: 'constant-arrival-rate',
    rate: rate.count,
    timeUnit: `${rate.perMs}ms`,
    duration: `${rate.durationMs}ms`,
    preAllocatedVUs,
    maxVUs: preAllocatedVUs * 10,
  };
}

function optionsText(scenarios: Readonly<Record<string, object>>): readonly string[] {
  return [
    'function options() {',
    '  const { vus, duration, iterations, stages, ...own } = script.options ?? {};',
    `  return { ...own, scenarios: ${JSON.stringify(scenarios)} };`,
    '}',
    "Object.defineProperty(exports, 'options', { enumerable: true, get: options });",
  ];
}
