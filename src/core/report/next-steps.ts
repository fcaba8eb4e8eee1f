import { fewestBaselineRuns } from '../verdict/decide.ts';
import { formatCount } from './format-quantity.ts';
import type { RankedFacts } from './report-facts.ts';

/** What the reader can do when the verdict is no verdict on the code. */
export function nextStepsOf(facts: RankedFacts): string[] {
  const { verdict } = facts.decided;
  if (verdict.verdict === 'no-baseline') return seedingSteps(facts);
  return 'hint' in verdict ? [verdict.hint] : [];
}

/** How a baseline comes about: from more files; or from a store by itself with every push, or today by measuring the default branch a few times. */
function seedingSteps({ name, window, mode, excluded, storeLabel }: RankedFacts): string[] {
  const stored = window.length + (mode === 'record' ? 1 : 0);
  const missing = fewestBaselineRuns - stored;
  if (storeLabel === undefined) {
    return [`Give at least ${formatCount(missing, 'more baseline file')} of the same load.`, ...unusableRuns(excluded)];
  }
  const steps =
    missing <= 0
      ? [`Run ${stored} of ${fewestBaselineRuns} is stored: the next run is compared.`]
      : [
          `${storedSoFar(stored)}; ${formatCount(missing, 'more run')} of the default branch ${missing === 1 ? 'makes' : 'make'} a baseline.`,
          `To have it today: run \`tailgate record --name "${name}" --baseline-store ${storeLabel}\` ${missing === 1 ? 'once' : `${missing} times`} against a deployment of the default branch.`,
        ];
  return [...steps, ...unusableRuns(excluded)];
}

function storedSoFar(stored: number): string {
  return stored === 0 ? 'No comparable run is stored yet' : `Run ${stored} of ${fewestBaselineRuns} is stored`;
}

const mostReasons = 3;

function unusableRuns(excluded: RankedFacts['excluded']): string[] {
  const byReason = new Map<string, number>();
  for (const { reason } of excluded) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  const reasons = [...byReason].sort((a, b) => b[1] - a[1]).slice(0, mostReasons);
  return reasons.map(([reason, count]) => `${formatCount(count, 'stored run')} can't be used: ${reason}.`);
}
