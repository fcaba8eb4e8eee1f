/**
 * By what factor does dependence between successive values inflate the variance of their mean? At least 1. Takes the
 * larger of two answers: the sum of the autocorrelations at lags 1 to 3, and what the first alone implies for a series
 * that forgets at a constant rate. Both use the mean over `columns` (same pairs in each), corrected for the bias that
 * subtracting the mean brings.
 *
 * Source: Bartlett (1946), J. R. Stat. Soc. Suppl. 8(1), 27-41; bias: Marriott, Pope (1954), Biometrika 41, 390-402.
 */
export function varianceInflation(columns: readonly Float64Array[]): number {
  let summed = 1;
  for (let lag = 1; lag <= longestLag; lag++) summed += 2 * meanAutocorrelation(columns, lag);
  const first = Math.min(meanAutocorrelation(columns, 1), strongest);
  return Math.max(1, summed, (1 + first) / (1 - first));
}

const longestLag = 3;

/** A lag-1 autocorrelation beyond this is taken as this: the variance of the mean is multiplied by 9. */
const strongest = 0.8;

/** Bias-corrected autocorrelation at `lag`, averaged over the columns that vary; 0 when none does or all are too short. */
export function meanAutocorrelation(columns: readonly Float64Array[], lag: number): number {
  let sum = 0;
  let counted = 0;
  for (const column of columns) {
    const value = autocorrelation(column, lag);
    if (Number.isNaN(value)) continue;
    sum += value;
    counted++;
  }
  return counted === 0 ? 0 : sum / counted;
}

function autocorrelation(column: Float64Array, lag: number): number {
  const n = column.length;
  if (n < 2 * (lag + 1)) return Number.NaN;
  let sum = 0;
  for (const value of column) sum += value;
  const mean = sum / n;
  let variance = 0;
  let covariance = 0;
  for (let i = 0; i < n; i++) {
    const deviation = (column[i] as number) - mean;
    variance += deviation * deviation;
    if (i >= lag) covariance += deviation * ((column[i - lag] as number) - mean);
  }
  if (variance === 0) return Number.NaN;
  const raw = covariance / variance;
  return raw + (1 + raw * (lag === 1 ? 4 : 2)) / n;
}
