import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { bundlePrograms } from './bundle-programs.ts';
import { codeHash } from './code-hash.ts';
import { type BuildOrder, type LiveBuild, liveCases, planBuilds } from './live-cases.ts';
import { renderLiveDocument } from './live-document.ts';
import { openBuilds, parseRows, rowOf } from './live-row.ts';
import { type OverheadRow, parseOverheadRows } from './overhead-row.ts';
import { appendRow, readLines } from './results-file.ts';
import { runBuild } from './run-build.ts';
import { openOverheadBench } from './run-overhead.ts';
import { saysTheSame } from './same-verdicts.ts';

const root = resolve(import.meta.dirname, '..', '..');
const resultsFile = join(import.meta.dirname, 'results.jsonl');
const overheadFile = join(import.meta.dirname, 'overhead.jsonl');
const documentFile = join(root, 'docs', 'evaluation-live.md');

const usage = `Usage: npm run evaluate:live -- --builds N [--order concurrent|alternating|both] [--only CASE]… [--parallel K]
       npm run evaluate:live -- --overhead [--pairs N]
       npm run evaluate:live -- --render

  --builds N     builds of each case and order, finished ones included
  --order ORDER  default: both
  --only CASE    one of ${liveCases.map(({ id }) => id).join(', ')}; repeatable
  --parallel K   builds at once (default: 1); they take processor time from each other
  --budget S     judged load a side in seconds (default: 180); other budgets are for trying out and aren't kept
  --overhead     compare k6 with and without Tailgate, and one side alone with both at once
  --pairs N      pairs of 20 s blocks for each of the two comparisons (default: 20)
  --render       only write docs/evaluation-live.md anew, from the results of the newest version`;

const options = {
  builds: { type: 'string' },
  order: { type: 'string', default: 'both' },
  only: { type: 'string', multiple: true, default: [] },
  parallel: { type: 'string', default: '1' },
  budget: { type: 'string', default: '180' },
  overhead: { type: 'boolean', default: false },
  pairs: { type: 'string', default: '20' },
  render: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

const fullBudgetS = 180;
const rate = 100;

/** Makes the builds that are still missing, one line each, and writes `docs/evaluation-live.md` from all of them. */
export async function runLiveEvaluation(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options });
  const isIdle = values.builds === undefined && !values.overhead && !values.render;
  if (values.help || isIdle) {
    console.log(usage);
    return;
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));
  const code = codeHash(root);
  const budgetS = positiveInteger('budget', values.budget);
  await using programs = await bundlePrograms(root);
  if (values.overhead) await measureOverhead(code, programs.load, positiveInteger('pairs', values.pairs));
  if (values.builds !== undefined) {
    const plans = planBuilds(
      wantedCases(values.only),
      wantedOrders(values.order),
      positiveInteger('builds', values.builds),
    );
    await makeBuilds(plans, {
      code,
      program: programs.duet,
      budgetS,
      parallel: positiveInteger('parallel', values.parallel),
    });
  }
  if (budgetS !== fullBudgetS) return;
  const rows = parseRows(readLines(resultsFile));
  const overheads = parseOverheadRows(readLines(overheadFile));
  // Written later, the document still shows what was measured, not the code of that day.
  const shown = values.render ? (rows.at(-1)?.code ?? overheads.at(-1)?.code ?? code) : code;
  writeFileSync(
    documentFile,
    renderLiveDocument({ code: shown, saysTheSame: (row) => saysTheSame(shown, row), rows, overheads }),
  );
  console.error(`written to ${documentFile}`);
}

interface Effort {
  readonly code: string;
  /** The gate. */
  readonly program: string;
  readonly budgetS: number;
  readonly parallel: number;
}

async function makeBuilds(plans: readonly LiveBuild[], { code, program, budgetS, parallel }: Effort): Promise<void> {
  const isKept = budgetS === fullBudgetS;
  const open = isKept
    ? openBuilds(plans, parseRows(readLines(resultsFile)), (row) => saysTheSame(code, row))
    : [...plans];
  console.error(`${open.length} builds to make, ${plans.length - open.length} were finished before, code ${code}`);
  const work = async (): Promise<void> => {
    for (let plan = open.shift(); plan !== undefined; plan = open.shift()) {
      if (codeHash(root) !== code) throw new Error('the code has changed since this evaluation began; start it again');
      const name = `${plan.liveCase.id} ${plan.order} ${plan.build}`;
      try {
        const outcome = await runBuild(plan, { root, program, budgetS, rate });
        const row = rowOf(plan, outcome, { code, finishedAt: new Date().toISOString() });
        if (isKept) appendRow(resultsFile, row);
        else console.log(JSON.stringify(row));
        const named = row.named.length === 0 ? '' : `: ${row.named.join(', ')}`;
        console.error(
          `${name}: ${row.verdict} ${row.reason} after ${row.judgedS} s a side, ${row.wallS.toFixed(0)} s in all${named}`,
        );
      } catch (error) {
        // The next start makes it again.
        console.error(`${name} could not be made: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

async function measureOverhead(code: string, program: string, pairs: number): Promise<void> {
  const done = parseOverheadRows(readLines(overheadFile)).filter((row) => row.code === code);
  const isDone = (comparison: OverheadRow['comparison'], pair: number) =>
    done.some((row) => row.comparison === comparison && row.pair === pair);
  await using bench = await openOverheadBench({ root, program, code, rate, blockS: 20 });
  for (let pair = 1; pair <= pairs; pair++) {
    for (const comparison of ['reading', 'sides'] as const) {
      if (isDone(comparison, pair)) continue;
      const row = await bench.measure(comparison, pair);
      appendRow(overheadFile, row);
      console.error(
        `${comparison} ${pair}: p99 ${row.reference.p99Ms.toFixed(1)} → ${row.measured.p99Ms.toFixed(1)} ms`,
      );
    }
  }
}

function wantedCases(only: readonly string[]) {
  const unknown = only.filter((name) => !liveCases.some(({ id }) => id === name));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(', ')}: no such case\n${usage}`);
  return liveCases.filter(({ id }) => only.length === 0 || only.includes(id));
}

function wantedOrders(order: string): readonly BuildOrder[] {
  if (order === 'both') return ['concurrent', 'alternating'];
  if (order === 'concurrent' || order === 'alternating') return [order];
  throw new Error(`--order ${order}: expected concurrent, alternating or both\n${usage}`);
}

function positiveInteger(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${text}: expected a whole number from 1`);
  return value;
}
