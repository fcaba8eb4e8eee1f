/** A later version of the code that repeats an earlier one's verdicts from the same samples, bit for bit. */
interface Succession {
  readonly from: string;
  readonly to: string;
  /** What changed, so that a reader can doubt it. */
  readonly change: string;
}

/** Only what a reader of the difference can see to be so: what is reported, or what the same answer costs. */
const successions: readonly Succession[] = [];

/**
 * Codes whose builds show what `code` would have said. Hours of load needn't be repeated for a change that no verdict
 * depends on; what the gate costs is shown from `code` alone.
 */
export function sameVerdicts(code: string, known: readonly Succession[] = successions): ReadonlySet<string> {
  const codes = new Set([code]);
  for (let before = -1; before !== codes.size; ) {
    before = codes.size;
    for (const { from, to } of known) if (codes.has(to)) codes.add(from);
  }
  return codes;
}
