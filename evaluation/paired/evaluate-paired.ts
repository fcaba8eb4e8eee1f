// How often does the paired comparison call unchanged builds red, and how often does it find what was slowed?
// Usage: node evaluation/paired/evaluate-paired.ts [--data DIR] [--builds N] [--row TEXT] [--injection KIND]
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { seededRandom } from '../../src/core/stats/random.ts';
import { readCells } from './cell-runs.ts';
import { type BuildOutcome, evaluatePairedBuild, pairedRows } from './paired-rows.ts';
import { rateOf } from './rates.ts';

interface Task {
  readonly row: number;
  readonly injection: number;
  readonly from: number;
  readonly to: number;
}

interface Done {
  readonly task: Task;
  readonly outcomes: readonly (BuildOutcome | undefined)[];
}

/** Builds handed to a worker at once. */
const chunk = 50;

if (isMainThread) await main();
else work();

function work(): void {
  const runs = readCells((workerData as { data: string }).data);
  parentPort?.on('message', (task: Task) => {
    const row = pairedRows[task.row];
    const injection = row?.injections[task.injection];
    const outcomes: (BuildOutcome | undefined)[] = [];
    for (let build = task.from; row && injection && build < task.to; build++) {
      outcomes.push(evaluatePairedBuild(runs, row, injection, build));
    }
    parentPort?.postMessage({ task, outcomes } satisfies Done);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: new URL('../data', import.meta.url).pathname },
      builds: { type: 'string', default: '1500' },
      row: { type: 'string', default: '' },
      injection: { type: 'string', default: '' },
    },
  });
  const builds = Number(values.builds);
  const tasks: Task[] = [];
  pairedRows.forEach((row, r) => {
    if (!row.name.includes(values.row)) return;
    row.injections.forEach(({ kind, factor }, i) => {
      if (!`${kind} ${factor}`.includes(values.injection)) return;
      for (let from = 0; from < builds; from += chunk) {
        tasks.push({ row: r, injection: i, from, to: Math.min(builds, from + chunk) });
      }
    });
  });
  const outcomes = await spread(tasks, values.data);
  const cellOfRun = readCells(values.data).map((run) => run.cell);
  for (const [key, found] of outcomes) print(key, found, cellOfRun);
}

/** Spreads the tasks over all cores; outcomes in the order of tasks, so that the number of cores changes nothing. */
async function spread(tasks: readonly Task[], data: string): Promise<Map<string, BuildOutcome[]>> {
  const results = new Map<Task, readonly (BuildOutcome | undefined)[]>();
  let next = 0;
  const workers = Array.from({ length: Math.min(availableParallelism(), tasks.length) }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { data } });
    return new Promise<void>((resolve, reject) => {
      const give = () => {
        const task = tasks[next++];
        if (task === undefined) void worker.terminate().then(() => resolve());
        else worker.postMessage(task);
      };
      let given: Task | undefined;
      worker.on('message', (done: Done) => {
        given = tasks.find(
          (task) =>
            task.row === done.task.row && task.injection === done.task.injection && task.from === done.task.from,
        );
        if (given) results.set(given, done.outcomes);
        give();
      });
      worker.on('error', reject);
      give();
    });
  });
  await Promise.all(workers);
  const grouped = new Map<string, BuildOutcome[]>();
  for (const task of tasks) {
    const key = `${task.row} ${task.injection}`;
    const outcomes = (results.get(task) ?? []).filter((outcome) => outcome !== undefined);
    grouped.set(key, [...(grouped.get(key) ?? []), ...outcomes]);
  }
  return grouped;
}

function print(key: string, outcomes: readonly BuildOutcome[], cellOfRun: readonly string[]): void {
  const [r, i] = key.split(' ').map(Number) as [number, number];
  const row = pairedRows[r];
  const injection = row?.injections[i];
  if (row === undefined || injection === undefined || outcomes.length === 0) return;
  const what =
    injection.kind === 'none' ? 'unchanged' : `${injection.kind} +${Math.round((injection.factor - 1) * 100)} %`;
  const hit = (outcome: BuildOutcome) => (injection.kind === 'none' ? outcome.isRed : outcome.isFound);
  const rate = (of: readonly BuildOutcome[]) =>
    rateOf(
      of.map((outcome) => ({ runs: outcome.runs, isHit: hit(outcome) })),
      cellOfRun,
      seededRandom(key),
    );
  const total = rate(outcomes);
  const share = (is: (outcome: BuildOutcome) => boolean) => (outcomes.filter(is).length / outcomes.length).toFixed(3);
  const cells = [...new Set(outcomes.map((outcome) => outcome.cell))].map((cell) => {
    const of = rate(outcomes.filter((outcome) => outcome.cell === cell));
    return `${cell} ${of.rate.toFixed(3)}`;
  });
  const pairs = outcomes.reduce((sum, outcome) => sum + outcome.pairs, 0) / outcomes.length;
  console.log(
    [
      row.name,
      what,
      `${total.rate.toFixed(3)} [${total.interval.map((end) => end.toFixed(3)).join(', ')}]`,
      `builds ${total.builds}`,
      `pairs ${pairs.toFixed(1)}`,
      `healthy named ${share((outcome) => outcome.namesHealthy)}`,
      `environments ${share((outcome) => outcome.isEnvironment)}`,
      ...cells,
    ].join(' | '),
  );
}
