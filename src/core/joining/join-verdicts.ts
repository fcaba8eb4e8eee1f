import type { BuildVerdict, Decided, FailOn } from '../verdict/build-verdict.ts';
import { outcomeOf } from '../verdict/outcome.ts';

/** The verdict of one leg. */
interface LegVerdict {
  readonly name: string;
  readonly decided: Decided;
}

/**
 * The verdict on a build of several legs: that of the leg that comes first in the table of verdicts, among those that
 * make the build red where there are any. A leg that should be there and isn't makes it `invalid`: nobody knows what it
 * would have shown. Where no leg had to run there is nothing to find.
 */
export function joinVerdicts(
  legs: readonly LegVerdict[],
  missing: readonly string[],
  notRun: readonly string[],
  failOn: readonly FailOn[],
): Pick<Decided, 'verdict' | 'outcome'> {
  const verdicts = [
    ...(missing.length > 0 ? [missingVerdict(missing)] : []),
    ...legs.map(({ name, decided: { verdict } }) => ({ ...verdict, detail: `${name}: ${verdict.detail}` })),
  ].map((verdict) => ({ verdict, outcome: outcomeOf(verdict, failOn, 'stored') }));
  const [worst, ...others] = verdicts.sort((a, b) => rankOf(a) - rankOf(b));
  if (worst === undefined) return nothingRan(notRun);
  const alike = others.filter(({ verdict }) => verdict.verdict === worst.verdict.verdict).length;
  if (worst.verdict.verdict === 'pass' || alike === 0) {
    return legs.length > 1 && worst.verdict.verdict === 'pass'
      ? { ...worst, verdict: ofAll(worst.verdict, legs.length) }
      : worst;
  }
  return { ...worst, verdict: { ...worst.verdict, detail: `${worst.verdict.detail} (and ${alike} more of the legs)` } };
}

function missingVerdict(missing: readonly string[]): BuildVerdict {
  const [first, ...more] = missing;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return {
    verdict: 'invalid',
    reason: 'leg-missing',
    detail: `${first}${others} left nothing measured behind`,
    hint: 'A leg that was cancelled or failed before it could measure: see its log and run it again. One that has nothing to measure belongs into `unchanged-legs`.',
  };
}

function nothingRan(notRun: readonly string[]): Pick<Decided, 'verdict' | 'outcome'> {
  if (notRun.length === 0) {
    const verdict = {
      ...missingVerdict(['every leg']),
      detail: 'no leg left anything measured behind',
    } as BuildVerdict;
    return { verdict, outcome: outcomeOf(verdict, ['invalid'], 'stored') };
  }
  const detail = `nothing was measured: ${notRun.join(', ')} ${notRun.length === 1 ? 'is' : 'are'} unchanged`;
  const verdict = { verdict: 'pass', reason: 'nothing-found', detail } as const;
  return { verdict, outcome: outcomeOf(verdict, [], 'stored') };
}

/** Rows of the table of verdicts, first the ones that decide. */
const order: readonly string[] = [
  'invalid',
  'fail all-failed',
  'fail regressed',
  'fail k6-thresholds',
  'no-baseline',
  'inconclusive',
  'pass accepted',
  'pass within-margin',
  'pass within-objective',
  'pass nothing-found',
  'pass shown',
];

function rankOf({ verdict, outcome }: Pick<Decided, 'verdict' | 'outcome'>): number {
  const key =
    verdict.verdict === 'fail' || verdict.verdict === 'pass' ? `${verdict.verdict} ${verdict.reason}` : verdict.verdict;
  return order.indexOf(key) + (outcome.exitCode === 0 ? order.length : 0);
}

function ofAll(verdict: BuildVerdict, legs: number): BuildVerdict {
  return { ...verdict, detail: `${verdict.detail} (the weakest of ${legs} legs)` };
}
