/** What goes wrong with one call, instead of its answer or around it. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly message?: string }
  /** The hour's budget is used up. */
  | { readonly kind: 'rate-limit'; readonly resetInS: number }
  | { readonly kind: 'secondary-limit'; readonly retryAfterS?: number }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Served only when `until` is settled. */
  | { readonly kind: 'held'; readonly until: Promise<unknown> }
  /** The connection breaks before anything was done. */
  | { readonly kind: 'reset-before' }
  /** The connection breaks after it was done: the caller can't know. */
  | { readonly kind: 'reset-after' }
  /** A read shows refs as they were that many milliseconds ago. */
  | { readonly kind: 'stale-refs'; readonly ms: number };

export interface FaultyCall {
  readonly method: string;
  readonly path: string;
  /** How many calls with this method and path were made before. */
  readonly earlier: number;
}

/** Decides for each call whether it fails and how. */
export type FaultPlan = (call: FaultyCall) => Fault | undefined;

export interface FaultMatch {
  readonly method?: string;
  readonly path?: RegExp;
  /** How often; for ever unless given. */
  readonly times?: number;
}

/** `fault` for the next `times` calls that match. */
export function failing(match: FaultMatch, fault: Fault): FaultPlan {
  let left = match.times ?? Number.POSITIVE_INFINITY;
  return ({ method, path }) => {
    if (left <= 0 || (match.method !== undefined && match.method !== method)) return undefined;
    if (match.path !== undefined && !match.path.test(path)) return undefined;
    left--;
    return fault;
  };
}
