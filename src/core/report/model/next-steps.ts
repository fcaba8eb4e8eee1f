import { fewestBaselineRuns } from '../../verdict/decide.ts';
import { formatCount } from '../format-quantity.ts';
import { countBaseline } from './given-files.ts';
import type { RankedFacts } from './report-facts.ts';
import { shellWord } from './reproduce.ts';
import { smallLoadSteps } from './small-load.ts';

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
  const stored = fewestBaselineRuns - missing;
  if (storeLabel === undefined) {
    return [`Give at least ${formatCount(missing, 'more baseline file')} of the same load.`, ...unusableRuns(facts)];
  }
  const steps =
    missing <= 0
      ? [`Run ${stored} of ${fewestBaselineRuns} is stored: the next run is compared.`]
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
  return fewestBaselineRuns - window.length - (isStored ? 1 : 0);
}

function storedSoFar(stored: number): string {
  return stored === 0 ? 'No comparable run is stored yet' : `Run ${stored} of ${fewestBaselineRuns} is stored`;
}

const mostReasons = 3;

function unusableRuns(facts: RankedFacts): string[] {
  const byReason = new Map<string, number>();
  for (const { reason } of facts.excluded) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  const reasons = [...byReason].sort((a, b) => b[1] - a[1]).slice(0, mostReasons);
  return reasons.map(([reason, count]) => `${countBaseline(count, facts)} can't be used: ${reason}.`);
}
