import { quantiles } from '../../thresholds/quantiles.ts';
import { isIgnored } from '../../thresholds/thresholds.ts';
import { minBaselineRuns } from '../../verdict/build-verdict.ts';
import { nameInSentence, toPlainText } from '../escape.ts';
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
          `To have it today, run this ${missing === 1 ? 'once' : `${missing} times`} against a deployment of the default branch:`,
        ];
  return [...unusableRuns(facts), ...steps];
}

/** The command that the last step asks for. */
export function nextCommandOf(facts: RankedFacts): string | undefined {
  const { name, storeLabel, scripts } = facts;
  const isSeeding = facts.decided.verdict.verdict === 'no-baseline' && missingRuns(facts) > 0;
  if (!isSeeding || storeLabel === undefined) return undefined;
  const flags = { name, 'baseline-store': storeLabel, script: scripts?.[0] ?? 'SCRIPT', 'target-url': 'URL' };
  return `tailgate record ${Object.entries(flags)
    .map(([flag, value]) => `--${flag} ${shellWord(value)}`)
    .join(' ')}`;
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
  readonly command: string;
}

/** Undefined where nothing was compared. Two builds side by side see more on any machine than stored runs of another one. */
export function reproductionOf({ decided, mode, scripts }: RankedFacts): Reproduction | undefined {
  if (decided.comparison === undefined || mode === 'record') return undefined;
  const script = shellWord(scripts?.[0] ?? 'SCRIPT');
  return {
    text: 'Start the base build on port 3000 and this build on port 3001 of one machine, and measure both at the same time:',
    command: `tailgate duet --baseline-url http://localhost:3000 --target-url http://localhost:3001 --script ${script}`,
  };
}

/** `text` as one word of a command that a shell takes as it is meant. */
export function shellWord(text: string): string {
  const plain = toPlainText(text, 200);
  return /^[\w./:@=+,-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`;
}
