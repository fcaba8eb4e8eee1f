import { Command, CommanderError, Option } from 'commander';
import type { InputGroup } from '../config/input-spec.ts';
import { essentialInputs, formerNames, type InputName, inputNames, inputs } from '../config/inputs.ts';
import { nearNames } from '../config/problem.ts';
import { renderCommand, tailgateCommand } from '../printed-command.ts';
import { version } from '../version.ts';
import type { AcceptFlags } from './accept-baseline.ts';
import type { StoreFlags } from './asked-store.ts';
import type { PruneFlags } from './baseline.ts';
import type { CompareFlags } from './compare.ts';
import type { ImportFlags } from './import-file.ts';
import type { TrendFlags } from './trend.ts';

/** The command line: names, flags and help. What the commands do is loaded only when one is run. */

/** Wrong usage; commander's own exit code would be 1, which means a failed gate here. */
const usageExitCode = 2;

/** The inputs that say how a file becomes a run record. */
const shapingInputs = [
  'warm-up',
  'block-length',
  'group-by',
  'target-url',
  'environment',
  'config',
] as const satisfies InputName[];

/** The inputs that matter where nothing is measured. */
const comparisonInputs = inputsOf(
  ['thresholds', 'policy'],
  ['name', 'alpha', 'placement', 'repeats', 'baseline-url', ...shapingInputs],
);

/** Those of a command that is a mode of its own. */
const inputsWithoutMode = inputNames.filter((name) => name !== 'mode');

/** The inputs that matter where what others measured is judged and reported. */
const decidingInputs = inputsWithoutMode.filter((name) => !['what to run', 'readiness'].includes(inputs[name].group));

/** Loads what the commands need. */
async function loadCommands() {
  try {
    process.cwd();
  } catch {
    refuse('The working directory is gone: another process removed it. Change to one that exists and run again.');
  }
  return import('./commands.ts');
}

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(3);
}

declare module 'commander' {
  interface Command {
    /** Refuses a flag; commander has it and doesn't declare it. */
    unknownOption(flag: string): void;
  }
}

/** A command that knows its hidden flags too when it is asked what an unknown one was meant for. */
class KnowingCommand extends Command {
  override createCommand(name?: string): Command {
    return new KnowingCommand(name);
  }

  /** Commander calls it; its own looks only at flags that the help shows, and only for slips of the pen. */
  override unknownOption(flag: string): void {
    const names = this.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long.slice(2)]));
    const first = names.filter((name) => essentialInputs.some((input) => input === name));
    const others = names.filter((name) => !first.includes(name) && !formerNames.inputs.has(name));
    const near = nearNames(flag.replace(/^-+/, '').replace(/=.*$/s, ''), [...first, ...others]);
    if (near.length === 0) {
      super.unknownOption(flag);
      return;
    }
    const meant = new Intl.ListFormat('en', { type: 'disjunction' }).format(near.map((name) => `--${name}`));
    this.error(`error: unknown option '${flag}' (did you mean ${meant}?)`, { code: 'commander.unknownOption' });
  }
}

const program = new KnowingCommand('tailgate')
  .description('Runs k6 scripts, compares the latencies with a baseline, and says what it can and cannot tell.')
  .version(version)
  .showHelpAfterError('(add --help to see what the command takes)')
  .addHelpText(
    'after',
    '\nExit codes: 0 gate passed, 1 gate failed, 2 wrong usage or configuration, 3 could not measure or compare.',
  )
  .exitOverride();

gateCommand('run', inputNames, (commands, given) => commands.run(given, 'run', isVerbose()))
  .summary('measure a target and judge it against the stored runs')
  .description(
    'Runs the k6 scripts against the target and judges the run against the stored runs of the default branch.',
  )
  .addHelpText(
    ...example('run', { 'target-url': 'http://localhost:3000', script: 'load.js', 'baseline-store': 'dir:.tailgate' }),
  );

gateCommand('duet', inputsWithoutMode, (commands, given) => commands.run(given, 'duet', isVerbose()))
  .summary('measure two targets at the same time and compare them')
  .description(
    'Runs the k6 scripts against a baseline and a candidate side by side and stops as soon as the answer is known.',
  )
  .addHelpText(
    ...example('duet', {
      'baseline-url': 'http://localhost:3000',
      'target-url': 'http://localhost:3001',
      script: 'load.js',
    }),
  );

gateCommand('calibrate', inputsWithoutMode, (commands, given) => commands.calibrate(given, isVerbose()))
  .summary('measure equal code on both sides: how noisy is this setup?')
  .description(
    'Measures the same code twice at once (or on two deployments, with --baseline-url) and says how noisy each endpoint is, how often unchanged builds would have failed, what would be seen in 2, 5 and 10 minutes, and which margins suit.',
  )
  .addHelpText(...example('calibrate', { 'target-url': 'http://localhost:3000', script: 'load.js' }));

gateCommand('record', inputsWithoutMode, (commands, given) => commands.run(given, 'record', isVerbose()))
  .summary('measure a target and store the run as a baseline')
  .description(
    'Runs the k6 scripts against the target and adds the run to the baseline store. Three runs make a baseline.',
  )
  .addHelpText(
    ...example('record', {
      'target-url': 'http://localhost:3000',
      script: 'load.js',
      'baseline-store': 'dir:.tailgate',
    }),
  );

gateCommand('decide', decidingInputs, (commands, given) => commands.decide(given, isVerbose()))
  .summary('decide about what other jobs measured')
  .description(
    'Decides and reports from the report folders of jobs that measured, without any load: the jobs of a matrix under one alpha, or one candidate that several machines measured.',
  )
  .addHelpText(...example('decide', { 'report-from': 'artifacts', 'baseline-store': 'dir:.tailgate' }));

withInputFlags(program.command('compare'), comparisonInputs)
  .summary('compare runs that were measured before')
  .description(
    'Compares run records or raw k6 output (JSON or CSV, plain or gzip): three or more baseline runs with one candidate run or several.',
  )
  .requiredOption('--baseline <file...>', 'runs to compare with')
  .requiredOption('--candidate <file...>', 'runs to judge')
  .option('--paired', 'the two files were measured side by side: pair their time blocks')
  .addOption(
    new Option(
      '--format <format>',
      'how to print the report (default: as the name of --output ends, .json, .md, .html or .xml; otherwise text)',
    ).choices(['text', 'json', 'markdown', 'html', 'junit']),
  )
  .option('-o, --output <file>', 'write the report to a file instead of standard output (-)')
  .addHelpText(
    ...example('compare', {
      baseline: ['main-1.csv.gz', 'main-2.csv.gz', 'main-3.csv.gz'],
      candidate: 'pull-request.csv.gz',
    }),
  )
  .action(async (flags: CompareFlags & Record<string, unknown>) =>
    execute((commands) => commands.compare(flags, inputsFrom(flags))),
  );

withInputFlags(program.command('import'), shapingInputs)
  .summary('turn k6 output into a run record')
  .description('Reads k6 output (JSON or CSV, plain or gzip; - is standard input) and writes a run record.')
  .argument(
    '<files...>',
    'k6 output, or - for standard input; several files are what the load generators of one run wrote',
  )
  .addOption(new Option('--format <format>', 'what the file is').choices(['auto', 'k6-json', 'k6-csv']).default('auto'))
  .requiredOption('-o, --output <record>', 'where the run record goes; - for standard output')
  .addHelpText(...example('import', { output: 'run.json' }, ['results.json.gz']))
  .action(async (files: [string, ...string[]], flags: ImportFlags & Record<string, unknown>) =>
    execute((commands) => commands.importFile(files, flags, inputsFrom(flags))),
  );

withStoreFlag(program.command('report'))
  .summary('show the stored runs over months as a page')
  .description(
    'Writes index.html: each endpoint over all stored runs, what crept, stepped or was accepted, worst first. The page needs nothing else and runs no script, so any static server can publish it.',
  )
  .option('--trend', 'the trend over the stored runs')
  .addOption(configOption())
  .option('-o, --output <folder>', 'folder of the page', 'tailgate-trend')
  .addHelpText(...example('report', { trend: true, 'baseline-store': 'dir:.tailgate', output: 'site' }))
  .action(async (options: TrendFlags) => execute((commands) => commands.reportTrend(options)));

const baseline = program.command('baseline').description('Looks into a baseline store and keeps it in order.');

withStoreFlag(baseline.command('list'))
  .description('Lists the stored runs, oldest first, and says which of them are in the comparison window.')
  .addOption(configOption())
  .addHelpText(...example('baseline list', { 'baseline-store': 'dir:.tailgate' }))
  .action(async (flags: StoreFlags) => execute((commands) => commands.listBaseline(flags)));

withStoreFlag(baseline.command('show'))
  .description('Shows one stored run: what it was measured on and its figures per endpoint.')
  .argument('<id>', 'id of the run, or its beginning')
  .addOption(configOption())
  .addHelpText(...example('baseline show', { 'baseline-store': 'dir:.tailgate' }, ['2026-11-25T10']))
  .action(async (id: string, flags: StoreFlags) => execute((commands) => commands.showBaseline(id, flags)));

withStoreFlag(withInputFlags(baseline.command('accept'), inputsOf(['thresholds'], ['alpha', 'config'])))
  .summary('Takes the slowdown of a stored run or of a report as the new level.')
  .description(
    'Takes the slowdown of a stored red run, or of the run that a report.json tells of, as the new level. Later runs at this level pass as accepted, a further slowdown fails, and from the third run on the level is the baseline. The margins matter for a stored run, which is judged once more.',
  )
  .argument('<run>', 'id of a quarantined run, or its beginning; or the path of a report.json')
  .option('--reason <text>', 'why the slowdown is worth it; required')
  .option('--until <day>', 'last day on which it counts, YYYY-MM-DD, at most a year away (default: 30 days from today)')
  .option('--by <name>', 'who accepts it (default: GITHUB_ACTOR, or user.name of git)')
  .addHelpText(
    ...example('baseline accept', { reason: 'exports are streamed now', 'baseline-store': 'dir:.tailgate' }, [
      '2026-11-25T10',
    ]),
  )
  .action(async (run: string, flags: AcceptFlags & Record<string, unknown>) =>
    execute((commands) => commands.acceptBaseline(run, flags, inputsFrom({ ...flags, baselineStore: undefined }))),
  );

withStoreFlag(baseline.command('prune'))
  .description('Removes old runs from the store; of a branch the history is forgotten as well.')
  .option('--keep-runs <count>', 'runs to keep of each name and environment', '100')
  .option('--keep-days <days>', 'age beyond which only the newest ten are kept', '365')
  .addOption(configOption())
  .addHelpText(...example('baseline prune', { 'baseline-store': 'branch:tailgate-baselines' }))
  .action(async (flags: PruneFlags) => execute((commands) => commands.pruneBaseline(flags)));

program
  .command('doctor')
  .summary('say what is found on this machine and what is missing')
  .description('Looks for k6, node, git, disk and a sane clock, and says how to get what is missing.')
  .option('--k6-path <path>', 'the k6 to check')
  .addHelpText(...example('doctor'))
  .action(async (options: { k6Path?: string }) => execute((commands) => commands.doctor(options)));

for (const [former, mode] of formerNames.modes) {
  program
    .command(former, { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => program.error(`error: tailgate ${former} is now called tailgate ${mode}`));
}

/** A command that the inputs alone say everything to. */
function gateCommand(
  name: string,
  names: readonly InputName[],
  run: (commands: Commands, inputs: Record<string, string | undefined>) => Promise<number>,
): Command {
  return withInputFlags(program.command(name), names).action(async (flags: Record<string, unknown>) =>
    execute((commands) => run(commands, inputsFrom(flags))),
  );
}

function inputsOf(groups: readonly InputGroup[], others: readonly InputName[] = []): readonly InputName[] {
  return inputNames.filter((name) => groups.includes(inputs[name].group) || others.includes(name));
}

/** Every input is a flag of the same name; a repeated flag adds a line. The help shows few of them unless asked for all. */
function withInputFlags(command: Command, names: readonly InputName[]): Command {
  const showsAll = process.argv.includes('--all');
  const addLine = (value: string, earlier: string | undefined) =>
    earlier === undefined ? value : `${earlier}\n${value}`;
  for (const name of names) {
    const spec = inputs[name];
    const standard = spec.default ?? spec.defaultMeaning;
    const description = standard === undefined ? spec.description : `${spec.description} (default: ${standard})`;
    const isShown = showsAll || essentialInputs.includes(name) || essentialIn(command.name(), spec.group, name);
    const heading = `${spec.group[0]?.toUpperCase()}${spec.group.slice(1)}:`;
    command.addOption(
      new Option(`--${name} <value>`, description).argParser(addLine).helpGroup(heading).hideHelp(!isShown),
    );
  }
  // Taken only for the sentence that says what they are called now.
  for (const [former, name] of formerNames.inputs) {
    if (names.includes(name)) command.addOption(new Option(`--${former} <value>`).hideHelp());
  }
  return command
    .option('-v, --verbose', 'say more about what is going on')
    .helpOption('-h, --help', 'show this; with --all every setting');
}

/** What matters in one command more than in the others. */
function essentialIn(command: string, group: InputGroup, name: InputName): boolean {
  if (command === 'decide') return group === 'between jobs';
  const isOfFiles = name === 'placement' || name === 'repeats' || shapingInputs.some((shaping) => shaping === name);
  return isOfFiles && (command === 'compare' || command === 'import');
}

/** Which store a command looks into, where the configuration file doesn't say it. */
function withStoreFlag(command: Command): Command {
  const standard = `as the configuration file says, otherwise ${inputs['baseline-store'].default}`;
  return command.option('--baseline-store <store>', `where the stored runs are (default: ${standard})`);
}

function configOption(): Option {
  return new Option('--config <path>', `the configuration file (default: ${inputs.config.default})`);
}

/** Commander names flags in camel case; inputs keep their own names. */
function inputsFrom(flags: Record<string, unknown>): Record<string, string | undefined> {
  const names = [...inputNames, ...formerNames.inputs.keys()];
  return Object.fromEntries(names.map((name) => [name, flags[camelCase(name)] as string | undefined]));
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function isVerbose(): boolean {
  return process.argv.includes('--verbose') || process.argv.includes('-v');
}

function example(
  subcommand: string,
  given: Readonly<Record<string, string | readonly string[] | true>> = {},
  operands: readonly string[] = [],
) {
  const flags = Object.entries(given).map(([name, value]) => (value === true ? { name } : { name, value }));
  return ['after', `\nExample:\n  ${renderCommand(tailgateCommand(subcommand, flags, operands))}`] as const;
}

type Commands = Awaited<ReturnType<typeof loadCommands>>;

/** Runs one command, whose result is the exit code. */
async function execute(command: (commands: Commands) => Promise<number>): Promise<void> {
  const commands = await loadCommands();
  try {
    process.exitCode = await command(commands);
  } catch (error) {
    process.exitCode = commands.explainFailure(error);
  }
}

// A reader that left (`| head -1`) or a full disk costs what is printed, never the verdict's exit code.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has told of its own errors already.
  process.exitCode = error.exitCode === 0 ? 0 : usageExitCode;
}
