/**
 * Adjusts the p-values of one family so that comparing each with alpha keeps the chance of any false rejection at or
 * below alpha, however the tests depend on one another. Order of the input is kept; results lie in [p, 1].
 *
 * Source: Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 65-70.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => at(pValues, a) - at(pValues, b));
  const adjusted = new Array<number>(pValues.length);
  let floor = 0;
  for (const [rank, index] of order.entries()) {
    floor = Math.max(floor, Math.min(1, at(pValues, index) * (pValues.length - rank)));
    adjusted[index] = floor;
  }
  return adjusted;
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
