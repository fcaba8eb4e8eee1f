import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { allMethods } from './all-methods.ts';
import { readCells } from './cell.ts';
import { type EvaluatedRow, renderMarkdown, renderText, withFigures } from './render-evaluation.ts';
import { openRowCache } from './row-cache.ts';

const here = dirname(fileURLToPath(import.meta.url));
const defaultData = join(here, 'data');
const report = join(here, '..', 'docs', 'evaluation.md');
/** The methods in prose; figures stand between their markers. */
const methodDocuments = ['statistics.md', 'statistics-paired.md'].map((name) => join(here, '..', 'docs', name));

const longestMethod = 'paired';

const usage = `Usage: npm run evaluate [-- --data DIR] [--only METHOD[/ROW]] [--scale SHARE] [--output FILE]

  --data DIR      one folder per unchanged system under one workload, each with k6 CSV files, one per run
                  (default: evaluation/data)
  --only METHOD   one of ${allMethods.map(({ id }) => id).join(', ')}, or one row as METHOD/ROW; repeatable
  --scale SHARE   that share of the builds, for a quick look (default: 1)
  --output FILE   where the Markdown goes (default: docs/evaluation.md when everything was evaluated on the default data)`;

interface Arguments {
  readonly data: string;
  readonly only: readonly string[];
  readonly scale: number;
  readonly output?: string;
}

/** Evaluates every method, rows spread over the cores; prints the tables and writes them to `docs/evaluation.md`. */
export async function runEvaluation(argv: readonly string[]): Promise<void> {
  const options = parseArguments(argv);
  if (options === undefined) {
    console.log(usage);
    return;
  }
  const cells = await readCells(options.data);
  const plans = allMethods.flatMap((method) =>
    method.rows({ cells, scale: options.scale }).map((plan) => ({ method: method.id, plan })),
  );
  const wanted = plans.filter(({ method, plan }) => isWanted(options.only, method, plan.id));
  if (wanted.length === 0) throw new Error(`nothing is called ${options.only.join(', ')}\n${usage}`);
  const started = performance.now();
  const results = await computeAll(
    wanted.map(({ method, plan }) => ({ method, row: plan.id })),
    options,
  );
  const rows: EvaluatedRow[] = wanted.map(({ method, plan }, i) => ({
    method,
    table: plan.table,
    title: plan.title,
    asked: plan.asked ?? {},
    result: results[i] as EvaluatedRow['result'],
  }));
  const tables = allMethods.flatMap((method) => method.tables);
  console.log(renderText(tables, rows));
  console.error(`${rows.length} rows in ${Math.round((performance.now() - started) / 1000)} s`);
  const isComplete = options.only.length === 0 && options.scale === 1 && resolve(options.data) === defaultData;
  const output = options.output ?? (isComplete ? report : undefined);
  if (output === undefined) return;
  const what = cells.map(({ name, runs }) => `${name} (${runs.length} runs)`).join(', ');
  writeIfChanged(output, renderMarkdown(tables, rows, what));
  if (isComplete) {
    for (const file of methodDocuments) writeIfChanged(file, withFigures(readFileSync(file, 'utf8'), tables, rows));
  }
  console.error(`written to ${output}`);
}

function isWanted(only: readonly string[], method: string, row: string): boolean {
  return only.length === 0 || only.some((name) => name === method || name === `${method}/${row}`);
}

/** Hands rows to as many workers as there are cores; each reads the data once. */
async function computeAll(tasks: readonly { method: string; row: string }[], options: Arguments): Promise<unknown[]> {
  const root = join(here, '..');
  const cache = openRowCache(root, [join(root, 'src', 'core'), here], options.data, options.scale);
  const results = tasks.map(({ method, row }) => cache.read(method, row));
  const open = tasks.flatMap((_, index) => (results[index] === undefined ? [index] : []));
  // The longest rows first, so that no core waits for another at the end.
  const isLong = (index: number) => tasks[index]?.method === longestMethod;
  open.sort((a, b) => Number(isLong(b)) - Number(isLong(a)) || a - b);
  if (open.length < tasks.length) console.error(`${tasks.length - open.length} rows were finished before`);
  let next = 0;
  let done = tasks.length - open.length;
  const work = () =>
    new Promise<void>((fulfill, reject) => {
      const worker = new Worker(join(here, 'evaluation-worker.ts'), { workerData: options });
      const give = () => {
        const index = open[next++];
        worker.postMessage(index === undefined ? undefined : { index, ...tasks[index] });
      };
      worker.on('error', reject);
      worker.on('exit', () => fulfill());
      worker.on('message', (message: { index: number; result: unknown } | 'ready') => {
        if (message !== 'ready') {
          results[message.index] = message.result;
          const { method, row } = tasks[message.index] as (typeof tasks)[0];
          cache.write(method, row, message.result);
          console.error(`${++done}/${tasks.length} ${method}/${row}`);
        }
        give();
      });
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), open.length) }, work));
  return results;
}

function parseArguments(argv: readonly string[]): Arguments | undefined {
  let data = defaultData;
  let scale = 1;
  let output: string | undefined;
  const only: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const flag = argv[i];
    if (flag === '--help' || flag === '-h') return undefined;
    const value = argv[++i];
    if (value === undefined) throw new Error(`${flag} needs a value\n${usage}`);
    if (flag === '--data') data = resolve(value);
    else if (flag === '--only') only.push(value);
    else if (flag === '--scale') scale = Number(value);
    else if (flag === '--output') output = resolve(value);
    else throw new Error(`unknown option ${flag}\n${usage}`);
  }
  if (!(scale > 0 && scale <= 1)) throw new Error(`--scale must lie above 0 and at most 1\n${usage}`);
  return { data, only, scale, ...(output !== undefined && { output }) };
}

function writeIfChanged(file: string, text: string): void {
  let old = '';
  try {
    old = readFileSync(file, 'utf8');
  } catch {
    // The first time there is none.
  }
  if (old !== text) writeFileSync(file, text);
}
