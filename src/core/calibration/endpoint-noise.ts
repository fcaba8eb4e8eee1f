/** Lengths of judged load a side for which it is said what would be seen. */
export const calibratedMinutes = [2, 5, 10] as const;

/** How one endpoint behaves while nothing changes. */
export interface EndpointNoise {
  readonly endpoint: string;
  readonly requestsPerMinute: number;
  readonly p95Ms: number;
  /** Relative standard deviation of the p95 ratio of a single pair of blocks. */
  readonly blockNoise: number;
  /** p95 of one side relative to the other, over the whole measurement: what the two places differ by. */
  readonly offset: number;
  /** Smallest relative p95 increase that is found in 80 % of builds, for each of `calibratedMinutes`. */
  readonly detectable: readonly number[];
}
