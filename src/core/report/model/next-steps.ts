import {
  type GivenSettings,
  type PrintedCommand,
  type PrintedFlag,
  tailgateCommand,
  variablesOf,
} from '../../../printed-command.ts';
import { pageOf } from '../../../version.ts';
import { duetBlockLengthMs, minDuetPairs } from '../../comparison/paired/duet-plan.ts';
import type { RunRecord } from '../../run-record/run-record.ts';
import { quantiles } from '../../thresholds/quantiles.ts';
import { isIgnored } from '../../thresholds/thresholds.ts';
import { minBaselineRuns } from '../../verdict/build-verdict.ts';
import { nameInSentence } from '../escape.ts';
import { formatCount, formatWhole } from '../format-quantity.ts';
import { countBaseline } from './provenance-lines.ts';
import type { RankedFacts, ReportFacts } from './report-facts.ts';

/** What the reader can do when the verdict is no verdict on the code. */
export function nextStepsOf(facts: RankedFacts): string[] {
  const { verdict } = facts.decided;
  if (verdict.verdict === 'no-baseline') return [...smallLoadSteps(facts), ...seedingSteps(facts)];
  return 'hint' in verdict ? [verdict.hint] : [];
}

/** How a baseline comes about: from more files; or from a store by itself with every push, or today by measuring the default branch a few times. */
function seedingSteps(facts: RankedFacts): string[] {
  const { storeLabel } = facts;
  const missing = missingRuns(facts);
  const stored = minBaselineRuns - missing;
  if (storeLabel === undefined) {
    return [`Give at least ${formatCount(missing, 'more baseline file')} of the same load.`, ...unusableRuns(facts)];
  }
  const steps =
    missing <= 0
      ? [`Run ${stored} of ${minBaselineRuns} is stored: the next run is compared.`]
      : [
          `${storedSoFar(stored)}; ${formatCount(missing, 'more run')} of the default branch ${missing === 1 ? 'makes' : 'make'} a baseline.`,
          seedingStep(facts, missing),
        ];
  return [...unusableRuns(facts), ...steps];
}

/** The command that the last step asks for. */
export function nextCommandOf(facts: RankedFacts): PrintedCommand | undefined {
  const { name, lackingName, record, storeLabel, given } = facts;
  const isSeeding = facts.decided.verdict.verdict === 'no-baseline' && missingRuns(facts) > 0;
  if (!isSeeding || storeLabel === undefined) return undefined;
  const own = {
    // A job that decides may be called otherwise than the one that measured.
    name: lackingName ?? record?.fingerprint.hard.name ?? name,
    'baseline-store': storeLabel,
    'target-url': targetOf(facts) ?? addressVariable,
  };
  return tailgateCommand('record', [
    ...Object.entries(own).map(([flag, value]) => ({ name: flag, value })),
    ...scriptFlag(given),
    ...otherFlags(given, Object.keys(own)),
  ]);
}

/** Where the code that is recorded runs: elsewhere than a preview, which each change has for itself. */
function targetOf({ given, mode }: RankedFacts): string | undefined {
  return mode === 'record' || given?.hasPreviews === false ? given?.targetUrl : undefined;
}

const addressVariable = { variable: 'URL', meaning: 'address of a deployment of the default branch' };

/** A script that neither the run nor its file names is known to the reader only. */
function scriptFlag(given: GivenSettings | undefined): PrintedFlag[] {
  return given?.hasScript === true
    ? []
    : [{ name: 'script', value: { variable: 'SCRIPT', meaning: 'path of the k6 script' } }];
}

function otherFlags(given: GivenSettings | undefined, without: readonly string[]): PrintedFlag[] {
  return (given?.flags ?? []).filter(({ name }) => !without.includes(name));
}

function seedingStep(facts: RankedFacts, missing: number): string {
  const command = nextCommandOf(facts);
  const times = missing === 1 ? 'once' : `${missing} times`;
  const target = targetOf(facts);
  const place =
    target === undefined ? 'against a deployment of the default branch' : `while ${target} serves the default branch`;
  return `To have it today, run this ${times} ${place}${command === undefined ? '' : needed(command, facts.given)}:`;
}

function missingRuns({ window, mode, storeFailure }: RankedFacts): number {
  const isStored = mode === 'record' && storeFailure === undefined;
  return minBaselineRuns - window.length - (isStored ? 1 : 0);
}

function storedSoFar(stored: number): string {
  return stored === 0 ? 'No comparable run is stored yet' : `Run ${stored} of ${minBaselineRuns} is stored`;
}

const maxReasons = 3;

function unusableRuns(facts: RankedFacts): string[] {
  const byReason = new Map<string, number>();
  for (const { reason } of facts.excluded) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  const reasons = [...byReason].sort((a, b) => b[1] - a[1]).slice(0, maxReasons);
  return reasons.map(([reason, count]) => `${countBaseline(count, facts)} can't be used: ${reason}.`);
}

/**
 * What this load is too small for, and how much larger it would have to be; nothing where every endpoint has enough.
 * Said of a run that was not compared yet, since more runs of the same load would not help it.
 */
function smallLoadSteps({ record, thresholds }: ReportFacts): string[] {
  const endpoints = (record?.endpoints ?? [])
    .filter(({ endpoint }) => !isIgnored(endpoint, thresholds))
    .map(({ endpoint, blocks }) => ({
      endpoint,
      responses: blocks.reduce((sum, { latency }) => sum + latency.count, 0),
    }));
  // Where nothing was answered as expected, more requests would not be either.
  const short = endpoints.filter(({ responses }) => responses > 0 && responses < quantiles.p95.minRequests);
  const [fewest] = short.toSorted((a, b) => a.responses - b.responses);
  if (fewest === undefined) return [];
  const withoutMedian = short.filter(({ responses }) => responses < quantiles.p50.minRequests).length;
  const alsoMedian =
    withoutMedian === 0 ? '' : ` (nor p50 on ${withoutMedian === short.length ? 'any' : withoutMedian} of them)`;
  const had = `${nameInSentence(fewest.endpoint)} had ${short.length === 1 ? '' : 'only '}${fewest.responses}`;
  const factor = formatWhole(Math.ceil(quantiles.p95.minRequests / fewest.responses));
  return [
    `p95 will not be judged on ${short.length} of ${formatCount(endpoints.length, 'endpoint')}${alsoMedian}: it needs ${quantiles.p95.minRequests} requests per endpoint and run after the warm-up, and ${had}. Make the load ${factor} times as long, or raise its rate.`,
  ];
}

/** How a reader sees the same on a machine of their own: a sentence, then a command to be pasted. */
export interface Reproduction {
  readonly text: string;
  readonly command: PrintedCommand;
  /** Address of the page that says how to install Tailgate. */
  readonly install: string;
}

/** Undefined where nothing was compared. Two builds side by side see more on any machine than stored runs of another one. */
export function reproductionOf({ decided, mode, given, record }: RankedFacts): Reproduction | undefined {
  if (decided.comparison === undefined || mode === 'record') return undefined;
  const longEnough = mode === 'duet' || record === undefined ? [] : lengthsOfDuet(record, given);
  const own = [
    { name: 'baseline-url', value: 'http://localhost:3000' },
    { name: 'target-url', value: 'http://localhost:3001' },
    ...longEnough,
  ];
  const others = otherFlags(
    given,
    own.map(({ name }) => name),
  );
  const command = tailgateCommand('duet', [...own, ...scriptFlag(given), ...others]);
  return {
    text: `Start the base build on port 3000 and this build on port 3001 of one machine, and measure both at the same time${needed(command, given)}:`,
    command,
    install: `${pageOf('README.md')}#use-it`,
  };
}

/** What a load or a budget that suits a single run lacks for two side by side. */
function lengthsOfDuet({ durationMs, warmUpMs }: RunRecord, given: GivenSettings | undefined): PrintedFlag[] {
  const { timeBudgetMs, blockLengthMs = duetBlockLengthMs.concurrent, flags = [] } = given ?? {};
  const scripts = Math.max(1, flags.filter(({ name }) => name === 'script').length);
  // Each script has to run for one block at least, and a block has whole seconds.
  const judgedSeconds = Math.max(1, Math.floor((durationMs - warmUpMs) / scripts / 1000));
  const block = Math.min(blockLengthMs, judgedSeconds * 1000);
  const isBudgetShort = timeBudgetMs !== undefined && timeBudgetMs < minDuetPairs * block;
  return [
    ...(block < blockLengthMs ? [{ name: 'block-length', value: `${block / 1000}s` }] : []),
    ...(isBudgetShort ? [{ name: 'time-budget', value: '3m' }] : []),
  ];
}

/** The variables that the reader's shell needs for `command`: what only the reader knows, and what the run was given. */
function needed(command: PrintedCommand, given: GivenSettings | undefined): string {
  const asGiven = variablesOf({ program: [], flags: given?.flags ?? [] });
  const own = variablesOf(command).filter((name) => !asGiven.includes(name));
  const parts = [
    ...(own.length === 0 ? [] : [`${own.join(' and ')} set`]),
    ...(asGiven.length === 0 ? [] : [`${asGiven.join(', ')} set as for this run`]),
  ];
  return parts.length === 0 ? '' : `, with ${parts.join(' and ')}`;
}
