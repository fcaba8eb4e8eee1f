import { type Random, randomInteger } from '../../src/core/stats/random.ts';

/** One build's contribution to a rate, with the runs that it was cut from. */
export interface Counted {
  readonly runs: readonly number[];
  readonly isHit: boolean;
}

export interface Rate {
  readonly rate: number;
  readonly interval: readonly [number, number];
  readonly builds: number;
}

/**
 * A rate over builds with its 95 % interval by bootstrap over runs: builds cut from the same runs are not independent,
 * so runs are drawn anew (within their cell) and a build counts as often as the product of its runs' multiplicities.
 */
export function rateOf(builds: readonly Counted[], cellOfRun: readonly string[], random: Random): Rate {
  const hits = builds.filter((build) => build.isHit).length;
  const rates: number[] = [];
  for (let draw = 0; draw < 500; draw++) {
    const weights = multiplicities(cellOfRun, random);
    let total = 0;
    let weighted = 0;
    for (const build of builds) {
      const weight = build.runs.reduce((product, run) => product * (weights[run] as number), 1);
      total += weight;
      if (build.isHit) weighted += weight;
    }
    if (total > 0) rates.push(weighted / total);
  }
  rates.sort((a, b) => a - b);
  const at = (share: number) => rates[Math.floor(share * (rates.length - 1))] ?? Number.NaN;
  return { rate: hits / builds.length, interval: [at(0.025), at(0.975)], builds: builds.length };
}

function multiplicities(cellOfRun: readonly string[], random: Random): number[] {
  const counts = cellOfRun.map(() => 0);
  for (const cell of new Set(cellOfRun)) {
    const members = cellOfRun.flatMap((name, run) => (name === cell ? [run] : []));
    for (let i = 0; i < members.length; i++) {
      const run = members[randomInteger(random, members.length)] as number;
      counts[run] = (counts[run] as number) + 1;
    }
  }
  return counts;
}
