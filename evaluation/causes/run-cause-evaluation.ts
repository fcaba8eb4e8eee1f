import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundleSettings } from '../../scripts/bundle-settings.ts';
import { randomInteger, seededRandom } from '../../src/core/stats/random.ts';
import { startToxiproxy } from '../../test/support/toxiproxy.ts';
import { startProgram, startShopProgram } from '../live/owned-program.ts';
import { appendRow, readLines } from '../live/results-file.ts';
import { type CauseCase, causeCases } from './cause-cases.ts';
import { type CauseOutcome, type CauseRow, type CauseTask, parseCauseOutcome, parseCauseRows } from './cause-row.ts';
import { countFastapi, type FastapiCounts, fastapiCases } from './fastapi-shop.ts';
import { renderCauses, withExamples } from './render-causes.ts';

const root = join(import.meta.dirname, '..', '..');
const resultsFile = join(import.meta.dirname, 'results.jsonl');
const fastapiResults = join(import.meta.dirname, 'fastapi-results.jsonl');
const fastapiCounts = join(import.meta.dirname, 'fastapi-counts.json');
const document = join(root, 'docs', 'evaluation-causes.md');
const whySlow = join(root, 'docs', 'why-slow.md');

const usage = `Usage: npm run evaluate:causes -- [--builds N] [--nulls N] [--stored N] [--only CASE] [--render]

  --builds N   duets of each mistake (default: 5)
  --nulls N    duets of unchanged code, whose reasons are asked for all the same (default: 60)
  --stored N   builds of each mistake beside five recorded runs (default: 1)
  --fastapi    one duet of each fault of the FastAPI shop in place of these
  --truth FILE its sealed truth: only counts what was found in those duets
  --only CASE  one of ${causeCases.map(({ id }) => id).join(', ')}; repeatable
  --render     only write docs/evaluation-causes.md anew

Each finished build is a line of evaluation/causes/results.jsonl; what is there with the present code isn't done again.`;

/** Judged load a side at most. */
const budgetS = 60;

/** No build takes longer. */
const longestBuildMs = 15 * 60_000;

/** Runs what is missing of the asked builds, one after another, and writes `docs/evaluation-causes.md`. */
export async function runCauseEvaluation(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      builds: { type: 'string', default: '5' },
      nulls: { type: 'string', default: '60' },
      stored: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true },
      fastapi: { type: 'boolean', default: false },
      truth: { type: 'string' },
      render: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const code = await codeHash();
  if (values.truth !== undefined) {
    const sealed = await readFile(join(root, 'examples', 'fastapi-shop', 'truth.sha256'), 'utf8');
    const found = parseCauseRows(readLines(fastapiResults));
    await writeFile(fastapiCounts, `${JSON.stringify(await countFastapi(values.truth, sealed, found), null, 2)}\n`);
  } else if (values.fastapi) {
    const planned = fastapiCases.map((about) => ({ about, mode: 'duet' as const, build: 1 }));
    await runMissing(code, planned, fastapiShop);
  } else if (!values.render) {
    const counts = { builds: Number(values.builds), nulls: Number(values.nulls), stored: Number(values.stored) };
    await runMissing(code, planBuilds(counts, values.only), demoShop);
  }
  const rows = parseCauseRows(readLines(resultsFile));
  const shown = rows.filter((row) => row.code === (rows.at(-1)?.code ?? code));
  const counts = existsSync(fastapiCounts)
    ? (JSON.parse(await readFile(fastapiCounts, 'utf8')) as FastapiCounts)
    : undefined;
  await writeFile(document, renderCauses(shown, counts));
  await writeFile(whySlow, withExamples(await readFile(whySlow, 'utf8'), shown));
  console.error(`written to ${relative(root, document)}`);
}

interface Shop {
  readonly program: string;
  readonly script: string;
  /** Requests a second and side. */
  readonly rate: number;
  readonly resultsFile: string;
}

const demoShop: Shop = {
  program: 'examples/demo-shop/server.ts',
  script: 'k6-scripts/causes.js',
  rate: 84,
  resultsFile,
};

const fastapiShop: Shop = {
  program: 'examples/fastapi-shop/start.mjs',
  script: 'examples/fastapi-shop/load.js',
  rate: 40,
  resultsFile: fastapiResults,
};

interface PlannedBuild {
  readonly about: CauseCase;
  readonly mode: 'duet' | 'stored';
  readonly build: number;
}

/** In turn, so that a broken-off evaluation has about as many builds of each case. */
function planBuilds(
  { builds, nulls, stored }: { readonly builds: number; readonly nulls: number; readonly stored: number },
  only: readonly string[] | undefined,
): PlannedBuild[] {
  const cases = causeCases.filter(({ id }) => only === undefined || only.includes(id));
  const changed = cases.filter(({ id }) => id !== 'unchanged');
  const unchanged = cases.filter(({ id }) => id === 'unchanged');
  const perRound = Math.ceil(nulls / Math.max(1, builds));
  const rounds = Array.from({ length: Math.max(builds, 1) }, (_, round) => [
    ...(round < builds ? changed.flatMap((about) => duetsOf(about, round)) : []),
    ...unchanged.flatMap((about) =>
      Array.from({ length: perRound }, (__, i) => ({ about, mode: 'duet' as const, build: round * perRound + i + 1 })),
    ),
  ]).flat();
  const besideStored = Array.from({ length: stored }, (_, i) =>
    changed.filter(({ truth }) => truth.length > 0).map((about) => ({ about, mode: 'stored' as const, build: i + 1 })),
  ).flat();
  return [...rounds.filter(({ about, build }) => about.id !== 'unchanged' || build <= nulls), ...besideStored];
}

/** A danger is looked for twice as often as a reason. */
function duetsOf(about: CauseCase, round: number): PlannedBuild[] {
  const perRound = about.danger === undefined ? 1 : 2;
  return Array.from({ length: perRound }, (_, i) => ({ about, mode: 'duet', build: round * perRound + i + 1 }));
}

async function runMissing(code: string, planned: readonly PlannedBuild[], shop: Shop): Promise<void> {
  const done = new Set(
    parseCauseRows(readLines(shop.resultsFile))
      .filter((row) => row.code === code)
      .map((row) => `${row.case} ${row.mode} ${row.build}`),
  );
  const missing = planned.filter(({ about, mode, build: number }) => !done.has(`${about.id} ${mode} ${number}`));
  console.error(
    `${missing.length} builds to make, ${planned.length - missing.length} were finished before, code ${code}`,
  );
  const parent = join(root, 'tmp');
  await mkdir(parent, { recursive: true });
  const outdir = await mkdtemp(join(parent, 'evaluation-causes-'));
  try {
    await build({
      ...bundleSettings,
      entryPoints: { cause: 'evaluation/causes/cause-process.ts' },
      absWorkingDir: root,
      outdir,
    });
    for (const one of missing) {
      const outcome = await runBuild(one, shop, join(outdir, 'cause.mjs'), join(parent, `causes-${code}`));
      if ((await codeHash()) !== code) throw new Error('the code changed meanwhile: begin again');
      const { about, mode, build: number } = one;
      const row: CauseRow = {
        code,
        case: about.id,
        mode,
        build: number,
        ...outcome,
        finishedAt: new Date().toISOString(),
      };
      appendRow(shop.resultsFile, row);
      const said = row.attribution.map(
        ({ endpoint, cause, strength, share }) => `${endpoint} ${cause} ${strength} ${share.toFixed(2)}`,
      );
      console.error(
        `${about.id} ${mode} ${number}: ${row.verdict}; ${said.join(', ') || 'nothing said'} (${Math.round(row.inspectedS)} s)`,
      );
    }
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

async function runBuild(
  { about, mode, build: number }: PlannedBuild,
  shop: Shop,
  program: string,
  windows: string,
): Promise<CauseOutcome> {
  const random = seededRandom(`${about.id} ${mode} ${number}`);
  const seed = () => ({ SHOP_SEED: String(randomInteger(random, 2 ** 31)) });
  await using baseline = await startShopProgram(root, { ...seed(), ...about.shop }, shop.program);
  await using candidate = await startShopProgram(root, { ...seed(), ...about.shop, ...about.change }, shop.program);
  await using network = about.isDistant ? await startToxiproxy() : undefined;
  const reach = async (url: string) => {
    if (network === undefined) return url;
    const way = await network.proxyTo(url);
    await way.add({ type: 'latency', latencyMs: 10 });
    await way.add({ type: 'bandwidth', kilobytesPerSecond: 2_000 });
    return way.url;
  };
  const [baselineUrl, candidateUrl] = [await reach(baseline.url), await reach(candidate.url)];
  const surroundings = JSON.stringify([about.shop, about.isDistant, about.inputs]);
  const windowFile = `${windows}-${createHash('sha256').update(surroundings).digest('hex').slice(0, 8)}.jsonl`;
  const stored = { duration: `${budgetS / 2}s`, storedUrl: baselineUrl };
  const task: CauseTask = {
    mode,
    isForced: true,
    inputs: {
      name: 'evaluation of causes',
      script: shop.script,
      'target-url': candidateUrl,
      'k6-version': '2.2.0',
      inspect: 'always',
      'wait-path': '/health',
      ...(mode === 'duet'
        ? {
            'baseline-url': baselineUrl,
            'time-budget': `${budgetS}s`,
            'duet-order': 'concurrent',
            env: `RATE=${shop.rate}\nDURATION=${budgetS + 60}s`,
          }
        : { storedUrl: stored.storedUrl, windowFile, env: `RATE=${shop.rate}\nDURATION=${stored.duration}` }),
      ...about.inputs,
    },
  };
  await using gate = startProgram([program, JSON.stringify(task)], { cwd: root, timeoutMs: longestBuildMs });
  const { code, stdout, stderr } = await gate.ended;
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || line === '') throw new Error(`${about.id}: the gate ended with ${code}: ${stderr.slice(-2_000)}`);
  return parseCauseOutcome(line);
}

/** What a reason depends on; what measures is frozen by the live evaluation's own hash. */
const sources = [
  'src/core/evidence',
  'src/core/attribution',
  'src/adapters/inspection',
  'src/adapters/k6/script/request-notes.ts',
  'src/gate/explain.ts',
  'examples/demo-shop',
  'k6-scripts/causes.js',
  'evaluation/causes/cause-cases.ts',
  'evaluation/causes/cause-process.ts',
];

async function codeHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    const path = join(root, source);
    const files = /\.[tj]s$/.test(source)
      ? [path]
      : (await readdir(path, { recursive: true }))
          .filter((name) => /\.[tj]s$/.test(name))
          .map((name) => join(path, name));
    for (const file of files.sort())
      hash
        .update(relative(root, file))
        .update('\0')
        .update(await readFile(file))
        .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}
