/** One observation of a load generator, already parsed. Times are Unix milliseconds, fractions allowed. */
export type Sample = RequestSample | CheckSample | TrendSample | RateSample;

export interface RequestSample {
  readonly kind: 'request';
  readonly protocol: 'http' | 'grpc';
  /** HTTP verb, or `GRPC`. */
  readonly method: string;
  /** k6's `name` tag: the script's own name or the URL. gRPC: `/package.Service/Method`. */
  readonly name: string;
  /** True when the script chose `name`; such a name is never rewritten. */
  readonly isNamed: boolean;
  readonly scenario?: string;
  readonly script?: string;
  /** Value of the tag named by `group-by`; takes the place of the name. */
  readonly group?: string;
  /** The query parameter named by `group-by`, `action=list`; a URL keeps it in its name. */
  readonly query?: string;
  /** When the response was complete. */
  readonly endedAtMs: number;
  readonly durationMs: number;
  /** Status as text; `0` when no answer came. */
  readonly status: string;
  /** k6's error code, such as `1212` (connection refused); absent without an error. */
  readonly errorCode?: string;
  readonly isExpected: boolean;
}

export interface CheckSample {
  readonly kind: 'check';
  readonly check: string;
  readonly atMs: number;
  readonly passed: boolean;
}

export interface TrendSample {
  readonly kind: 'trend';
  readonly metric: string;
  readonly unit: 'ms' | '';
  readonly atMs: number;
  readonly value: number;
}

export interface RateSample {
  readonly kind: 'rate';
  readonly metric: string;
  readonly atMs: number;
  readonly isTrue: boolean;
}
