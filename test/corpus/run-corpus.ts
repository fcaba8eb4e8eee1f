// Judges all builds of the corpus and compares the reports with the frozen ones: npm run corpus. With `-- --only TEXT`
// only builds whose id contains TEXT; with `-- --table` what they come to; with `-- --freeze` the reports of the code as
// it is are frozen (`--force` to replace others).
import { inspect, parseArgs } from 'node:util';
import { corpusBuilds } from './builds.ts';
import { compareReports, type Difference, meantDifferences } from './compare-reports.ts';
import { readFrozen, writeFrozen } from './frozen-reports.ts';
import { namedDefects } from './named-defects.ts';
import { toVersion1 } from './to-version-1.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    table: { type: 'boolean', default: false },
    freeze: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
  },
});

/** More differences of one build than this are only counted. */
const mostShown = 12;

const print = (line: string) => process.stdout.write(`${line}\n`);
const shown = (value: unknown) =>
  inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 2, maxStringLength: 200 });

const builds = (await corpusBuilds()).filter(({ id }) => id.includes(values.only));
const reports = new Map<string, unknown>();
for (const { id, report } of builds) reports.set(id, toVersion1(await report()));
if (values.table) printTable();
if (values.freeze) freeze();
else if (!values.table) check();

function freeze(): void {
  if (values.only !== '') throw new Error('--freeze takes all builds: leave out --only');
  if (writeFrozen(reports, values.force)) print(`${reports.size} reports frozen`);
  else {
    print('The reports are frozen already; --force replaces them.');
    process.exitCode = 1;
  }
}

function check(): void {
  const frozen = readFrozen();
  const meant = meantDifferences(namedDefects);
  let differing = 0;
  const isComplete = values.only === '';
  const lost = isComplete ? [...frozen.keys()].filter((id) => !reports.has(id)) : [];
  for (const id of [...reports.keys(), ...lost]) {
    const differences = meant.without(id, compareReports(frozen.get(id), reports.get(id)));
    if (differences.length === 0) continue;
    differing++;
    printDifferences(id, differences);
  }
  const idle = isComplete ? meant.neverOccurred() : [];
  for (const { builds: ids, path, reason } of idle) print(`never occurred: ${ids} ${path} (${reason})`);
  print(`${reports.size + lost.length - differing} equal, ${differing} differ`);
  if (differing > 0 || idle.length > 0) process.exitCode = 1;
}

function printDifferences(id: string, differences: readonly Difference[]): void {
  print(id);
  for (const { path, frozen, now } of differences.slice(0, mostShown)) {
    print(`  ${path}: ${shown(frozen)} → ${shown(now)}`);
  }
  if (differences.length > mostShown) print(`  and ${differences.length - mostShown} more`);
}

interface SomeReport {
  readonly mode: string;
  readonly verdict: string;
  readonly reason?: string;
  readonly exitCode: number;
  readonly comparisons: readonly {
    readonly endpoint: string;
    readonly metric: string;
    readonly verdict: string;
    readonly notComparedReason?: string;
  }[];
}

/** How often each verdict occurs, of builds and of rows. */
function printTable(): void {
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const [id, report] of reports) {
    const { mode, verdict, reason, exitCode, comparisons } = report as SomeReport;
    count(`build  ${id.split('-')[0]} (${mode})`);
    count(`verdict  ${[verdict, reason].filter((text) => text !== undefined).join(' ')}, exit code ${exitCode}`);
    for (const row of comparisons) {
      const family = id.startsWith('paired') ? 'paired' : id.startsWith('matrix') ? 'matrix' : 'stored';
      count(`row  ${family}  ${subjectOf(row)}  ${row.verdict} ${row.notComparedReason ?? ''}`.trim());
    }
  }
  for (const [what, number] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    print(`${`${number}`.padStart(6)}  ${what}`);
}

function subjectOf({ endpoint, metric }: SomeReport['comparisons'][number]): string {
  const whose = endpoint.endsWith('(all endpoints)') ? 'all endpoints' : 'endpoint';
  if (/^p\d+$/.test(metric)) return `latency of ${whose} ${metric}`;
  if (metric === 'checkFailureRate') return 'check';
  return metric === 'errorRate' ? `errorRate of ${whose}` : `metric ${metric}`;
}
