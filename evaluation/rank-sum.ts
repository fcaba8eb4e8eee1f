/**
 * Two-sided p-value of the exact Mann-Whitney U test for small samples, by counting all ways to divide the joint ranks.
 * Ties get mid-ranks.
 */
export function rankSumP(first: readonly number[], second: readonly number[]): number {
  const all = [...first, ...second].sort((a, b) => a - b);
  const rank = (value: number) => (all.indexOf(value) + all.lastIndexOf(value)) / 2 + 1;
  const ranks = all.map(rank);
  const observed = second.reduce((sum, value) => sum + rank(value), 0);
  const center = (second.length * (all.length + 1)) / 2;
  let extreme = 0;
  let total = 0;
  const visit = (from: number, left: number, sum: number): void => {
    if (left === 0) {
      total++;
      if (Math.abs(sum - center) >= Math.abs(observed - center) - 1e-9) extreme++;
      return;
    }
    for (let i = from; i <= all.length - left; i++) visit(i + 1, left - 1, sum + (ranks[i] as number));
  };
  visit(0, second.length, 0);
  return extreme / total;
}
